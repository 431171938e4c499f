"""Deleting workspaces and companies: gone at once for readers, removed in portions after that.

The transaction that removes an item promises the rest of the work, so a crash anywhere leaves
nothing behind: the promise is kept until the runner has done it.
"""

from itertools import islice

from shared.data.companies import PART as COMPANY
from shared.data.companies import count_in_company, delete_company, find_company, part_of
from shared.data.outcomes import delete_outcomes, find_cards
from shared.data.transaction import ConditionFailed, Transaction
from shared.data.workspaces import (
    Workspace,
    delete_workspace,
    find_workspace,
    find_workspaces,
)
from shared.workspaces.changes import until_written
from shared.workspaces.errors import CompanyInUse, CompanyNotFound
from shared.workspaces.promises import (
    promise_company_removal,
    promise_schedule,
    promise_workspace_removal,
)

PORTION = 25


def remove_workspace(owner_id: str, workspace_id: str) -> bool:
    """Delete a workspace, its schedule, runs and outcomes; False where there is none.

    A run that is being made ends by itself; what it spent is counted.
    """

    def step() -> bool:
        workspace = find_workspace(owner_id, workspace_id)
        if workspace is None:
            return False
        transaction = Transaction()
        delete_workspace(transaction, workspace)
        _count_out(transaction, workspace)
        promise_schedule(transaction, workspace)
        promise_workspace_removal(transaction, workspace)
        transaction.commit()
        return True

    return until_written(step)


def remove_company(owner_id: str, company_id: str, *, cascade: bool) -> None:
    """Delete a company with its outcomes and, with `cascade`, its workspaces.

    Raises:
        CompanyNotFound: no such company of this owner.
        CompanyInUse: it has workspaces, and `cascade` is not set.
    """
    transaction = Transaction()
    delete_company(transaction, owner_id, company_id, only_without_workspaces=not cascade)
    promise_company_removal(transaction, owner_id, company_id)
    try:
        transaction.commit()
    except ConditionFailed as failure:
        if COMPANY not in failure.names:
            raise
        company = find_company(owner_id, company_id)
        if company is None:
            raise CompanyNotFound from failure
        details = {"workspace_count": company.workspace_count}
        raise CompanyInUse(details=details) from failure


def remove_some_of_company(owner_id: str, company_id: str, limit: int = PORTION) -> bool:
    """Remove a portion of what a deleted company leaves; True when nothing is left."""
    mine = (
        workspace
        for workspace in find_workspaces(owner_id).workspaces
        if workspace.company_id == company_id
    )
    found = list(islice(mine, limit))
    for workspace in found:
        remove_workspace(owner_id, workspace.id)
    cards = list(islice(find_cards(company_id), limit))
    delete_outcomes(cards)
    return not found and not cards


def _count_out(transaction: Transaction, workspace: Workspace) -> None:
    counts = {workspace.company_id: 0, **workspace.outcome_counts}
    for company_id, outcomes in counts.items():
        own = company_id == workspace.company_id
        count_in_company(
            transaction,
            workspace.owner_id,
            company_id,
            workspaces=-1 if own else 0,
            outcomes=-outcomes,
        )
    parts = {part_of(company_id) for company_id in counts}
    # Its company may have been deleted before it.
    transaction.mend(parts, lambda failure: transaction.discard(failure.names & parts))
