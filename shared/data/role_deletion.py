"""Deleting a role with its versions, and all roles of an account."""

from itertools import islice

from shared.data.role_versions import delete_versions
from shared.data.roles import (
    RoleCard,
    delete_role,
    delete_total,
    find_own_cards,
)
from shared.data.transaction import ConditionFailed, Transaction


def delete_whole_role(role: RoleCard) -> None:
    """Remove the role that was read, with its versions.

    The versions go first: should this end half-way, the role is still there to be deleted again.

    Raises:
        ConditionFailed: it was changed or deleted meanwhile; it may still be there.
    """
    delete_versions(role.id)
    transaction = Transaction()
    delete_role(transaction, role)
    transaction.commit()


def delete_some(user_id: str, limit: int = 25) -> bool:
    """Delete up to `limit` roles of a user; True when none is left. It can be repeated."""
    found = list(islice(find_own_cards(user_id, limit).cards, limit))
    for role in found:
        try:
            delete_whole_role(role)
        except ConditionFailed:  # the next round sees what became of it
            continue
    if found:
        return False
    delete_total(user_id)
    return True
