"""Failures of the code-block API (contract flow.md, Errors)."""

from shared.core.errors import Forbidden, NotFound, Unauthorized
from shared.core.text import Text


class InvalidToken(Unauthorized):
    """No token, or one that is unknown, deleted or expired: one text for all of them."""

    text = Text("Token无效或已过期", "The token is invalid or has expired")


class WrongAdminToken(Forbidden):
    """A credential that is not the admin token."""

    text = Text("管理员Token错误，没有权限", "This is not the admin token")


class TokenNotFound(NotFound):
    """No such token."""

    text = Text("Token不存在", "There is no such token")
