"""What a role was before each of its changes: whole earlier versions, kept beside the role."""

from collections.abc import Iterator

from shared.data.roles import (
    CURRENT,
    CardItem,
    Role,
    RoleCard,
    RoleItem,
    role_key,
    to_card,
    to_item,
    to_role,
)
from shared.data.table import find
from shared.data.transaction import Transaction

PREFIX = "EARLIER#"
_CARD_ATTRIBUTES = sorted(set(CardItem.get_attributes()) - {"gsi1pk", "gsi1sk", "ttl"})


def store_version(transaction: Transaction, role: Role) -> None:
    """Keep a role as an earlier version; the part `version` fails where it is kept already."""
    transaction.create("version", to_item(role, _sort_key(role.version)))


def find_version(role_id: str, number: int) -> Role | None:
    """An earlier version, not the present one: one GetItem."""
    item = find(RoleItem, role_key(role_id), _sort_key(number))
    return to_role(item) if item else None


def find_versions(role_id: str, at_most: int) -> Iterator[RoleCard]:
    """The present version and then the earlier ones, newest first; none where the role is gone.

    `at_most` is how many will be read. `EARLIER#…` sorts before `ROLE`, so it is one query; a
    megabyte of prompts, sixteen of the longest, takes a further call.
    """
    rows = CardItem.query(
        role_key(role_id),
        consistent_read=True,
        scan_index_forward=False,
        page_size=at_most,
        attributes_to_get=_CARD_ATTRIBUTES,
    )
    return (to_card(row) for row in rows)


def delete_versions(role_id: str) -> None:
    """Remove every earlier version of a role."""
    rows = RoleItem.query(
        role_key(role_id),
        RoleItem.sk < CURRENT,
        consistent_read=True,
        attributes_to_get=["pk", "sk"],
    )
    with RoleItem.batch_write() as batch:
        for row in rows:
            batch.delete(row)


def _sort_key(number: int) -> str:
    return f"{PREFIX}{number:08d}"
