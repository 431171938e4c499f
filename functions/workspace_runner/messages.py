"""What comes through the workspaces queue."""

from datetime import datetime
from typing import Annotated, Literal

from pydantic import AwareDatetime, BaseModel, Field, TypeAdapter, ValidationError


class Firing(BaseModel):
    """A schedule has fired; `scheduled_at` is the moment EventBridge meant."""

    kind: Literal["firing"]
    owner_id: str
    workspace_id: str
    scheduled_at: AwareDatetime


class RunDue(BaseModel):
    """An attempt at a run is to be made."""

    kind: Literal["run"]
    owner_id: str
    workspace_id: str
    run_id: str
    attempt: int
    not_before: datetime | None = None


class WorkspaceDeleted(BaseModel):
    """A workspace is gone, its runs and outcomes are to follow."""

    kind: Literal["workspace_deleted"]
    owner_id: str
    workspace_id: str


class CompanyDeleted(BaseModel):
    """A company is gone, its workspaces and outcomes are to follow."""

    kind: Literal["company_deleted"]
    owner_id: str
    company_id: str


class Reconcile(BaseModel):
    """Schedules and workspaces are to be compared, from that name on."""

    kind: Literal["reconcile"]
    after: str = ""


Work = Firing | RunDue | WorkspaceDeleted | CompanyDeleted | Reconcile
_WORK: TypeAdapter[Work] = TypeAdapter(Annotated[Work, Field(discriminator="kind")])


class UnknownMessage(ValueError):
    """A message that nobody here sends: it goes to the dead letters, where an alarm sees it."""


def parse_message(body: str) -> Work:
    """The work in a message. Raises UnknownMessage."""
    try:
        return _WORK.validate_json(body)
    except ValidationError as error:
        raise UnknownMessage(str(error.error_count())) from error
