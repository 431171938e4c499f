"""What clients see of companies, workspaces, runs and outcomes (contract workspaces.md)."""

from datetime import datetime
from typing import Any

from shared.core import clock
from shared.core.money import to_json_number
from shared.data.companies import Company
from shared.data.outcomes import Card, Outcome
from shared.data.workspace_runs import Run
from shared.data.workspaces import Workspace
from shared.workspaces.changes import trigger_of


def company_view(company: Company) -> dict[str, Any]:
    """A company with its counts."""
    return {
        "id": company.id,
        "name": company.name,
        "description": company.description,
        "industry": company.industry,
        "stats": {
            "workspaceCount": company.workspace_count,
            "outcomeCount": company.outcome_count,
        },
        "createdAt": clock.to_wire(company.created_at),
        "updatedAt": clock.to_wire(company.updated_at),
    }


def company_detail(company: Company, latest: list[tuple[Card, str]]) -> dict[str, Any]:
    """A company with its latest outcomes, each with the present name of its workspace."""
    recent = [{**_card(card), "workspaceName": name} for card, name in latest]
    return {**company_view(company), "recentOutcomes": recent}


def workspace_view(workspace: Workspace, now: datetime) -> dict[str, Any]:
    """A workspace; `nextRunAt` is worked out from its calendar, for active ones."""
    following = None
    if workspace.status == "active":
        following = trigger_of(workspace).next(now)
    return {
        "id": workspace.id,
        "companyId": workspace.company_id,
        "name": workspace.name,
        "type": workspace.type,
        "triggerType": workspace.trigger_type,
        "triggerValue": workspace.trigger_value,
        "timezone": workspace.timezone,
        "reportRule": workspace.report_rule,
        "roleId": workspace.role_id,
        "knowledgeBaseIds": list(workspace.knowledge_base_ids),
        "status": workspace.status,
        "missedPolicy": workspace.missed_policy,
        "overlapPolicy": workspace.overlap_policy,
        "asyncStatus": workspace.async_status,
        "lastRunAt": _time(workspace.last_run_at),
        "nextRunAt": clock.iso(following) if following else None,
        "createdAt": clock.to_wire(workspace.created_at),
        "updatedAt": clock.to_wire(workspace.updated_at),
    }


def run_view(run: Run) -> dict[str, Any]:
    """A run; `outcome` is what it made, to be read by its id."""
    outcome = {"id": run.outcome_id} if run.outcome_id else None
    error = {"code": run.error_code, "reason": run.error_reason} if run.error_code else None
    return {
        "id": run.id,
        "workspaceId": run.workspace_id,
        "companyId": run.company_id,
        "trigger": "schedule" if run.planned_at else "manual",
        "status": run.status,
        "reason": run.reason,
        "plannedAt": _time(run.planned_at),
        "late": run.late,
        "attempts": run.attempts,
        "createdAt": clock.to_wire(run.created_at),
        "startedAt": _time(run.started_at),
        "finishedAt": _time(run.finished_at),
        "outcome": outcome,
        "error": error,
        "usage": _usage(run),
    }


def outcome_view(outcome: Outcome, workspace_name: str) -> dict[str, Any]:
    """A whole outcome."""
    return {
        **_card(outcome),
        "companyId": outcome.company_id,
        "runId": outcome.run_id,
        "workspaceName": workspace_name,
        "content": outcome.content,
        "sources": [_source(source) for source in outcome.sources],
        "usage": _usage(outcome),
    }


def _card(card: Card) -> dict[str, Any]:
    return {
        "id": card.id,
        "workspaceId": card.workspace_id,
        "title": card.title,
        "summary": card.summary,
        "status": "succeeded",  # only a run that succeeds leaves an outcome
        "createdAt": clock.to_wire(card.created_at),
    }


def _source(source: dict[str, Any]) -> dict[str, Any]:
    return {
        "documentId": source["document_id"],
        "documentName": source["document_name"],
        "chunkId": source["chunk_id"],
        "page": source["page"],
        "score": source["score"],
        "snippet": source["snippet"],
    }


def _usage(spent: Run | Outcome) -> dict[str, Any]:
    return {
        "tokens": spent.prompt_tokens + spent.completion_tokens,
        "promptTokens": spent.prompt_tokens,
        "completionTokens": spent.completion_tokens,
        "cost": to_json_number(spent.cost_micro),
    }


def _time(stored: str | None) -> str | None:
    return clock.to_wire(stored) if stored else None
