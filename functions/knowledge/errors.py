"""Failures of the knowledge bases API, beyond those every API shares."""

from shared.core.errors import Conflict, NotFound
from shared.core.text import Text


class KnowledgeBaseNotFound(NotFound):
    """No such knowledge base, or somebody else's."""

    text = Text("知识库不存在", "Knowledge base not found")


class DefaultStays(Conflict):
    """Every user has a default knowledge base."""

    text = Text("默认知识库不能删除", "The default knowledge base cannot be deleted")
