"""Failures of the chat API, beyond those of chat itself."""

from shared.core.errors import Conflict, NotFound
from shared.core.text import Text


class RoleNotFound(NotFound):
    """No such role, or one that is neither the caller's own nor public."""

    text = Text("角色不存在", "Role not found")


class AnswerRunning(Conflict):
    """The same request is being answered."""

    text = Text("相同请求仍在处理中", "The same request is still being answered")

    def __init__(self) -> None:
        super().__init__(retry_after=1)
