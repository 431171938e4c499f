"""Failures of companies and workspaces that a client can see, beyond those every API shares."""

from shared.core.errors import Conflict, InvalidRequest, NotFound
from shared.core.text import Text
from shared.workspaces.triggers import TriggerError


class CompanyNotFound(NotFound):
    """No such company, or somebody else's."""

    text = Text("公司不存在", "Company not found")


class WorkspaceNotFound(NotFound):
    """No such workspace, or somebody else's."""

    text = Text("工作空间不存在", "Workspace not found")


class RunNotFound(NotFound):
    """No such run of this workspace."""

    text = Text("运行记录不存在", "Run not found")


class OutcomeNotFound(NotFound):
    """No such outcome, or somebody else's."""

    text = Text("产出不存在", "Outcome not found")


class CompanyInUse(Conflict):
    """The company has workspaces."""

    text = Text(
        "公司下还有工作空间，请先删除或使用 cascade=true",
        "The company has workspaces: delete them first, or use cascade=true",
    )


class RunInProgress(Conflict):
    """A run of the workspace is queued or running."""

    text = Text("已有运行在排队或执行中", "A run is queued or running already")


class WorkspaceArchived(Conflict):
    """An archived workspace does not run."""

    text = Text("工作空间已归档，无法运行", "The workspace is archived and cannot run")


class RunEnded(Conflict):
    """The run has ended."""

    text = Text("运行已结束，无法取消", "The run has ended and cannot be cancelled")


class RoleGone(Conflict):
    """The workspace's role was deleted, or is somebody's who made it private."""

    text = Text("工作空间的角色已被删除或不再公开", "The role was deleted or is no longer public")

    def __init__(self, role_id: str) -> None:
        super().__init__(details={"reason": "role_gone", "role_id": role_id})


class CompanyGone(Conflict):
    """The workspace's company was deleted."""

    text = Text("公司已被删除", "The company was deleted")

    def __init__(self) -> None:
        super().__init__(details={"reason": "company_gone"})


def bad_trigger(error: TriggerError) -> InvalidRequest:
    """The 400 of a trigger: the first reason in front, all of them listed."""
    first = error.reasons[0]
    message = Text(f"请求参数错误：{error.field} {first.zh}", f"Invalid {error.field}: {first.en}")
    entries = [{"field": error.field, "reason": reason.en} for reason in error.reasons]
    return InvalidRequest(message, details={**entries[0], "errors": entries})


def unknown_reference(field: str) -> InvalidRequest:
    """The 400 of a company, role or knowledge base that the caller has not."""
    return InvalidRequest.of_field(field, Text("不存在", "does not exist"))
