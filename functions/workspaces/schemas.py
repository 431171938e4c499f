"""What the workspaces API takes (contract workspaces.md; fields in camelCase)."""

from typing import Annotated, Any

from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Field,
    StringConstraints,
    model_validator,
)
from pydantic.alias_generators import to_camel

from shared.core.zones import DEFAULT_ZONE
from shared.data.workspaces import MissedPolicy, OverlapPolicy, Status, WorkspaceType
from shared.workspaces.triggers import TriggerType

# What GET shows and nobody sets: ignored, so that a client can send back what it read.
READ_ONLY = {
    "id", "asyncStatus", "lastRunAt", "nextRunAt", "createdAt", "updatedAt", "stats",
    "recentOutcomes",
}  # fmt: skip
MOST_PREVIEWED = 20


def _distinct(values: list[str]) -> list[str]:
    return list(dict.fromkeys(values))


CompanyName = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=80)]
WorkspaceName = Annotated[
    str, StringConstraints(strip_whitespace=True, min_length=1, max_length=120)
]
Industry = Annotated[str, StringConstraints(strip_whitespace=True, max_length=80)]
Description = Annotated[str, Field(max_length=2_000)]
ReportRule = Annotated[str, Field(min_length=1, max_length=8_000, pattern=r"\S")]
Reference = Annotated[str, Field(min_length=1, max_length=40)]  # a refusal repeats it
KnowledgeBases = Annotated[list[Reference], Field(max_length=20), AfterValidator(_distinct)]
TriggerValue = Annotated[str, Field(max_length=200)]
Zone = Annotated[str, Field(min_length=1, max_length=64)]


class _Body(BaseModel):
    model_config = ConfigDict(strict=True, extra="forbid", alias_generator=to_camel)

    @model_validator(mode="before")
    @classmethod
    def _without_read_only(cls, body: Any) -> Any:
        if not isinstance(body, dict):
            return body
        return {name: value for name, value in body.items() if name not in READ_ONLY}

    def given(self) -> dict[str, Any]:
        """The fields that the client set, by the names they are stored under."""
        return self.model_dump(exclude_unset=True)


class NewCompany(_Body):
    """Body of POST /companies."""

    name: CompanyName
    description: Description = ""
    industry: Industry = ""


class CompanyChange(_Body):
    """Body of PUT /companies/:id; what is absent stays."""

    name: CompanyName = ""
    description: Description = ""
    industry: Industry = ""


class _WorkspaceFields(_Body):
    trigger_value: TriggerValue = ""
    timezone: Zone = DEFAULT_ZONE
    role_id: Reference | None = None
    knowledge_base_ids: KnowledgeBases = []
    status: Status = "active"
    missed_policy: MissedPolicy = "none"
    overlap_policy: OverlapPolicy = "skip"


class NewWorkspace(_WorkspaceFields):
    """Body of POST /workspaces."""

    name: WorkspaceName
    company_id: Reference
    type: WorkspaceType
    trigger_type: TriggerType
    report_rule: ReportRule


class WorkspaceChange(_WorkspaceFields):
    """Body of PUT /workspaces/:id; what is absent stays."""

    name: WorkspaceName = ""
    company_id: Reference = ""
    type: WorkspaceType = "custom"
    trigger_type: TriggerType = "manual"
    report_rule: ReportRule = ""


class Preview(_Body):
    """Body of POST /workspaces/preview."""

    trigger_type: TriggerType
    trigger_value: TriggerValue = ""
    timezone: Zone = DEFAULT_ZONE
    count: Annotated[int, Field(ge=1, le=MOST_PREVIEWED)] = 5


class Reconcile(_Body):
    """Body of POST /admin/schedules/reconcile: where an earlier call stopped."""

    after: Annotated[str, Field(max_length=64)] = ""
