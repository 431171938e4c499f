"""What a deleted workspace leaves: its runs with their outcomes, removed in portions."""

from itertools import islice

from shared.core import clock
from shared.data.outcomes import Card, delete_outcomes, outcome_id
from shared.data.workspace_runs import Run, delete_runs, delete_total, find_runs
from shared.data.workspaces import find_workspace
from shared.ledger import ledger
from shared.workspaces.removal import PORTION


def remove_some_of_workspace(owner_id: str, workspace_id: str, limit: int = PORTION) -> bool:
    """Remove a portion of what a deleted workspace leaves; True when nothing is left.

    A message that comes twice does nothing to a workspace that is there.
    """
    if find_workspace(owner_id, workspace_id) is not None:
        return True
    runs = list(islice(find_runs(workspace_id, limit).runs, limit))
    for run in runs:
        _release(run)
    delete_outcomes(_card_of(run) for run in runs if run.outcome_id)
    delete_runs(runs)
    if runs:
        return False
    delete_total(workspace_id)
    return True


def _release(run: Run) -> None:
    """Give back what a run holds whose runner died; a living one settles it, now or later."""
    neglected = run.check_at is not None and run.check_at < clock.iso_ms(clock.now())
    if run.held and neglected:
        ledger.release_now(run.held)


def _card_of(run: Run) -> Card:
    return Card(
        id=outcome_id(run.id),
        owner_id=run.owner_id,
        company_id=run.company_id,
        workspace_id=run.workspace_id,
        run_id=run.id,
        title="",
        summary="",
        created_at=run.finished_at or "",
    )
