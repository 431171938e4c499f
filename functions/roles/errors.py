"""Failures of the roles API, beyond those every API shares."""

from shared.core.errors import Conflict, InvalidRequest, NotFound, ServiceUnavailable
from shared.core.text import Text


class RoleNotFound(NotFound):
    """No such role, or one that the caller may not read or change."""

    text = Text("角色不存在", "Role not found")


class VersionNotFound(NotFound):
    """The role never had that version."""

    text = Text("角色版本不存在", "Role version not found")


class StaleRole(Conflict):
    """`If-Match` names a state that is not the present one; `details.etag` is the present one."""

    text = Text(
        "角色已被修改，请重新读取后再试",
        "The role was changed meanwhile; read it again and retry",
    )


class RoleBusy(ServiceUnavailable):
    """Too many changes of one role at once for this one to get its turn."""

    text = Text("角色正被频繁修改，请稍后再试", "The role is being changed, please try again")


def unknown_model() -> InvalidRequest:
    """The refusal of a model that no configured provider has."""
    return InvalidRequest.of_field(
        "model_config.model",
        Text("不是可用的模型", "is not a model of a configured provider"),
    )


def missing_knowledge_bases(ids: list[str]) -> InvalidRequest:
    """The refusal of knowledge bases that the caller does not have."""
    listed = ", ".join(ids)
    return InvalidRequest.of_field(
        "knowledge_bases", Text(f"知识库不存在：{listed}", f"do not exist: {listed}")
    )
