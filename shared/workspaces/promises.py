"""What a change of a workspace promises to happen after it (shared/data/outbox.py)."""

from shared.data.outbox import promise
from shared.data.transaction import Transaction
from shared.data.workspaces import Workspace

_TABLE = "WORKSPACES_TABLE"


def promise_run(
    transaction: Transaction,
    workspace: Workspace,
    run_id: str,
    *,
    attempt: int = 1,
    not_before: str | None = None,
) -> None:
    """The queue brings this attempt of a run to the runner, not before that stored time."""
    body = {
        "kind": "run",
        "owner_id": workspace.owner_id,
        "workspace_id": workspace.id,
        "run_id": run_id,
        "attempt": attempt,
        "not_before": not_before,
    }
    promise(transaction, _TABLE, "queue:workspaces", body)


def promise_schedule(transaction: Transaction, workspace: Workspace) -> None:
    """The workspace's schedule is made to agree with what the table says then."""
    body = {"owner_id": workspace.owner_id, "workspace_id": workspace.id}
    promise(transaction, _TABLE, "schedule:workspaces", body)


def promise_workspace_removal(transaction: Transaction, workspace: Workspace) -> None:
    """The runs and outcomes of a deleted workspace go."""
    body = {
        "kind": "workspace_deleted",
        "owner_id": workspace.owner_id,
        "workspace_id": workspace.id,
    }
    promise(transaction, _TABLE, "queue:workspaces", body)


def promise_company_removal(transaction: Transaction, owner_id: str, company_id: str) -> None:
    """The workspaces and outcomes of a deleted company go."""
    body = {"kind": "company_deleted", "owner_id": owner_id, "company_id": company_id}
    promise(transaction, _TABLE, "queue:workspaces", body)
