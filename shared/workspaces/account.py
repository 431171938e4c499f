"""Deletion of an account: its companies, workspaces, schedules, runs and outcomes."""

from itertools import islice

from shared.data import companies, workspaces
from shared.workspaces.remains import remove_some_of_workspace
from shared.workspaces.removal import remove_company, remove_some_of_company, remove_workspace


def delete_some(user_id: str, limit: int = 25) -> bool:
    """Delete up to `limit` workspaces or companies of a user; True when none is left.

    It can be repeated. Schedules go by the outbox, and what is left of a workspace with many
    runs by the queue.
    """
    found = list(islice(workspaces.find_workspaces(user_id, limit).workspaces, limit))
    for workspace in found:
        remove_workspace(user_id, workspace.id)
        remove_some_of_workspace(user_id, workspace.id)
    if found:
        return False
    mine = list(islice(companies.find_companies(user_id, limit).companies, limit))
    for company in mine:
        remove_company(user_id, company.id, cascade=True)
        remove_some_of_company(user_id, company.id)
    if mine:
        return False
    workspaces.delete_total(user_id)
    companies.delete_total(user_id)
    return True
