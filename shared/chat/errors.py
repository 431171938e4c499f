"""Failures of chat that a client can see, beyond those every API shares."""

from shared.core.errors import Conflict, NotFound
from shared.core.text import Text


class SessionNotFound(NotFound):
    """No such session, or somebody else's."""

    text = Text("会话不存在", "Session not found")


class MessageNotFound(NotFound):
    """No such message in this session."""

    text = Text("消息不存在", "Message not found")


class RoleGone(Conflict):
    """The session's role was deleted, or is somebody's who made it private."""

    text = Text(
        "该会话的角色已被删除或不再公开，无法继续对话",
        "The role of this session was deleted or is no longer public",
    )
