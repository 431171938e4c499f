"""Prepaid credits of a user, in the ledger table: `USER#<id>` / `CREDITS`, a number a kind."""

from collections.abc import Mapping
from typing import Literal

from pynamodb.attributes import NumberAttribute
from pynamodb.expressions.update import Action

from shared.data.table import Item, TableMeta, TableOf, find
from shared.data.transaction import Transaction

CreditKind = Literal["photo", "video"]
KINDS: tuple[CreditKind, ...] = ("photo", "video")
PART = "credits"
"""The name of the credits' part in a transaction: it fails where there are not enough."""


class _Credits(Item):
    class Meta(TableMeta):
        table_name = TableOf("LEDGER_TABLE")

    photo = NumberAttribute(default=0)
    video = NumberAttribute(default=0)


def find_credits(user_id: str) -> dict[CreditKind, int]:
    """What a user has left: one consistent GetItem."""
    item = find(_Credits, *_key(user_id))
    return {kind: int(getattr(item, kind)) if item else 0 for kind in KINDS}


def add_credits(transaction: Transaction, user_id: str, number: Mapping[CreditKind, int]) -> None:
    """Add to what a user has."""
    actions: list[Action] = [getattr(_Credits, kind).add(n) for kind, n in number.items() if n]
    transaction.update(PART, _Credits(*_key(user_id)), actions)


def take_credits(transaction: Transaction, user_id: str, number: Mapping[CreditKind, int]) -> None:
    """Take from what a user has; `PART` fails where that is not enough."""
    taken = {kind: n for kind, n in number.items() if n}
    if not taken:
        return
    enough = None
    for kind, n in taken.items():
        holds = getattr(_Credits, kind) >= n
        enough = holds if enough is None else enough & holds
    actions: list[Action] = [getattr(_Credits, kind).add(-n) for kind, n in taken.items()]
    transaction.update(PART, _Credits(*_key(user_id)), actions, enough)


def delete_credits(user_id: str) -> None:
    """Account deletion: what is left is gone."""
    _Credits(*_key(user_id)).delete()


def _key(user_id: str) -> tuple[str, str]:
    return f"USER#{user_id}", "CREDITS"
