"""Reservations in LEDGER_TABLE: the parts that they, and what they end in, add to a transaction."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Literal, cast

from pynamodb.attributes import NumberAttribute, UnicodeAttribute

from shared.core import clock
from shared.data.ledger_months import hold, hold_more
from shared.data.table import Gsi1, Item, TableMeta, TableOf, find
from shared.data.transaction import ConditionFailed, Transaction

CALL = "ledger.call"
SHARDS = 8
KEEP_CALL_SECONDS = 40 * 24 * 3600  # a task's result lives 30 days, and so may its repeats
CallState = Literal["reserved", "settled", "released"]


@dataclass(frozen=True, slots=True)
class Reservation:
    """Money held for one call: what a later settle or release needs, whoever does it.

    `amount_micro` is the worst case in micro-units; `month` is the budget month (`2026-11`).
    """

    call_id: str
    user_id: str
    month: str
    amount_micro: int


class _CallItem(Item):
    class Meta(TableMeta):
        table_name = TableOf("LEDGER_TABLE")

    user_id = UnicodeAttribute()
    month = UnicodeAttribute()
    amount_micro = NumberAttribute()
    state = UnicodeAttribute()
    gsi1 = Gsi1()


def create_reservation(
    transaction: Transaction, held: Reservation, until: datetime, covering_micro: int = 0
) -> None:
    """Hold the amount until then: the month must be open and, with a limit, have it left.

    With `covering_micro` that much must be left, though only the amount is held.
    """
    item = _CallItem(
        f"CALL#{held.call_id}",
        "CALL",
        ttl=int(until.timestamp()) + KEEP_CALL_SECONDS,
        user_id=held.user_id,
        month=held.month,
        amount_micro=held.amount_micro,
        state="reserved",
        gsi1pk=_shard(held.call_id),
        gsi1sk=_end(held.call_id, until),
    )
    free = _CallItem.pk.does_not_exist() | (_CallItem.state == "released")
    transaction.save(CALL, item, free, return_old=True)
    hold(transaction, held.user_id, held.month, held.amount_micro, covering_micro)


def renew_reservation(
    transaction: Transaction, standing: Reservation, held: Reservation, until: datetime
) -> None:
    """Let what a call holds already be the new amount, until the new time."""
    more = held.amount_micro - standing.amount_micro
    transaction.update(
        CALL,
        _CallItem(f"CALL#{held.call_id}", "CALL"),
        [
            _CallItem.amount_micro.set(held.amount_micro),
            _CallItem.gsi1sk.set(_end(held.call_id, until)),
        ],
        (_CallItem.state == "reserved") & (_CallItem.amount_micro == standing.amount_micro),
        return_old=True,
    )
    hold_more(transaction, held.user_id, held.month, more)


def end_reservation(
    transaction: Transaction, held: Reservation, *, before: CallState, after: CallState
) -> None:
    """Turn a call from one state into another; its money is the month's part."""
    transaction.update(
        CALL,
        _CallItem(f"CALL#{held.call_id}", "CALL"),
        [_CallItem.state.set(after), _CallItem.gsi1pk.remove(), _CallItem.gsi1sk.remove()],
        _CallItem.state == before,
        return_old=True,
    )


def found_call(failure: ConditionFailed) -> tuple[Reservation, CallState] | None:
    """The call that a failed part met; None where there is none."""
    raw = failure.items.get(CALL)
    if raw is None:
        return None
    item = _CallItem.from_raw_data(raw)
    return _to_reservation(item), _state(item)


def find_reservation(call_id: str) -> Reservation | None:
    """What is held for a call; None when it was never reserved or has ended."""
    item = find(_CallItem, f"CALL#{call_id}", "CALL")
    return _to_reservation(item) if item and item.state == "reserved" else None


def find_expired(now: datetime) -> Iterator[Reservation]:
    """Reservations whose time is over and that nobody ended, from every shard of the index."""
    for shard in range(SHARDS):
        until = Gsi1.gsi1sk <= clock.iso_ms(now)
        for item in _CallItem.gsi1.query(f"RESERVED#{shard}", until):
            yield _to_reservation(item)


def _shard(call_id: str) -> str:
    # Each turn writes the index twice; one partition key would end at 1,000 writes a second.
    return f"RESERVED#{sum(call_id.encode()) % SHARDS}"


def _end(call_id: str, until: datetime) -> str:
    return f"{clock.iso_ms(until)}#{call_id}"


def _state(item: _CallItem) -> CallState:
    return cast(CallState, item.state)


def _to_reservation(item: _CallItem) -> Reservation:
    call_id = item.pk.removeprefix("CALL#")
    return Reservation(call_id, item.user_id, item.month, int(item.amount_micro))
