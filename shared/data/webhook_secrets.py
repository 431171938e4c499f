"""The secret that signs a user's webhooks, and the one before it while it is still valid.

Item of the tasks table: `WEBHOOK#<user>`, `SECRET`.
"""

from dataclasses import dataclass

from pynamodb.attributes import UnicodeAttribute

from shared.data.table import Item, TableMeta, TableOf, find
from shared.data.transaction import Transaction


@dataclass(frozen=True, slots=True)
class StoredSecret:
    """As it is stored; `previous_until` is an ISO text, `rotation` the operation that made it."""

    current: str
    previous: str = ""
    previous_until: str = ""
    rotation: str = ""


class _SecretItem(Item):
    class Meta(TableMeta):
        table_name = TableOf("TASKS_TABLE")

    current = UnicodeAttribute()
    previous = UnicodeAttribute(null=True)
    previous_until = UnicodeAttribute(null=True)
    rotation = UnicodeAttribute(null=True)


def find_secret(user_id: str) -> StoredSecret | None:
    """The user's secret; None before it was first asked for."""
    item = find(_SecretItem, f"WEBHOOK#{user_id}", "SECRET")
    if item is None:
        return None
    return StoredSecret(
        item.current, item.previous or "", item.previous_until or "", item.rotation or ""
    )


def store_secret(
    transaction: Transaction,
    user_id: str,
    secret: StoredSecret,
    *,
    instead_of: StoredSecret | None,
) -> None:
    """Put a secret in the place of the one that was read; the part `secret` fails if it changed."""
    item = _SecretItem(f"WEBHOOK#{user_id}", "SECRET", current=secret.current)
    if secret.previous:
        item.previous, item.previous_until = secret.previous, secret.previous_until
        item.rotation = secret.rotation
    if instead_of is None:
        transaction.create("secret", item)
    else:
        transaction.save("secret", item, _SecretItem.current == instead_of.current)


def delete_secret(user_id: str) -> None:
    """Forget it (the account is being deleted)."""
    _SecretItem(f"WEBHOOK#{user_id}", "SECRET").delete()
