"""Runs of a workspace: one item for each planned moment and each run somebody asked for.

Items of the workspaces table (docs/database-design.md):

    RUNS#<workspace>   RUN#<ulid>   the run; in gsi1 under OPEN_RUNS by the time somebody has to
                                    look after it, while it is the workspace's active one
    RUNS#<workspace>   ~TOTAL       how many there are

The id of a planned run is made of its moment, so a moment cannot have two of them.
"""

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal, cast

from pynamodb.attributes import BooleanAttribute, NumberAttribute, UnicodeAttribute
from pynamodb.exceptions import UpdateError
from pynamodb.expressions.condition import Condition
from pynamodb.expressions.update import Action
from ulid import ULID

from shared.core import clock
from shared.data.ledger import Reservation
from shared.data.table import Gsi1, Item, TableMeta, TableOf, find
from shared.data.transaction import Transaction

Status = Literal["queued", "running", "succeeded", "failed", "cancelled", "skipped"]
Reason = Literal["paused", "overlap", "missed", "budget"]
PART = "run"
"""The name of the run's part in a transaction, for telling a failed condition."""

_OPEN = "OPEN_RUNS"
_TOTAL = "~TOTAL"
_DELETES_AT_ONCE = 25
_FINAL = frozenset({"succeeded", "failed", "cancelled", "skipped"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """A run; times are stored ISO texts.

    Attributes:
        planned_at: the moment it was planned for; None for one that somebody asked for.
        late: it made up for a moment that was missed.
        attempts: how many were begun.
        not_before: when the next attempt may begin.
        check_at: when somebody has to look whether it is still alive.
        call_id, budget_month, held_micro: what the ledger holds for the attempt under way.
        prompt_tokens, completion_tokens, cost_micro: of all attempts together.
        revision: counts its changes.
    """

    id: str
    workspace_id: str
    owner_id: str
    company_id: str
    status: Status
    created_at: str
    planned_at: str | None = None
    late: bool = False
    reason: str | None = None
    attempts: int = 0
    not_before: str | None = None
    check_at: str | None = None
    started_at: str | None = None
    finished_at: str | None = None
    call_id: str | None = None
    budget_month: str | None = None
    held_micro: int = 0
    outcome_id: str | None = None
    error_code: str | None = None
    error_reason: str | None = None
    prompt_tokens: int = 0
    completion_tokens: int = 0
    cost_micro: int = 0
    revision: int = 1

    @property
    def is_final(self) -> bool:
        """Whether it has ended."""
        return self.status in _FINAL

    @property
    def held(self) -> Reservation | None:
        """What the ledger holds for the attempt under way."""
        if self.call_id is None or self.budget_month is None:
            return None
        return Reservation(self.call_id, self.owner_id, self.budget_month, self.held_micro)


@dataclass(frozen=True, slots=True)
class RunList:
    """A list, newest first, read as far as it is iterated; `total` covers all of it."""

    total: int
    runs: Iterator[Run]


class _RunItem(Item):
    """Total and runs in one class, since one query reads both."""

    class Meta(TableMeta):
        table_name = TableOf("WORKSPACES_TABLE")

    gsi1 = Gsi1()
    total = NumberAttribute(null=True)
    owner_id = UnicodeAttribute(null=True)
    company_id = UnicodeAttribute(null=True)
    status = UnicodeAttribute(null=True)
    planned_at = UnicodeAttribute(null=True)
    late = BooleanAttribute(null=True)
    reason = UnicodeAttribute(null=True)
    attempts = NumberAttribute(null=True)
    not_before = UnicodeAttribute(null=True)
    created_at = UnicodeAttribute(null=True)
    started_at = UnicodeAttribute(null=True)
    finished_at = UnicodeAttribute(null=True)
    call_id = UnicodeAttribute(null=True)
    budget_month = UnicodeAttribute(null=True)
    held_micro = NumberAttribute(null=True)
    outcome_id = UnicodeAttribute(null=True)
    error_code = UnicodeAttribute(null=True)
    error_reason = UnicodeAttribute(null=True)
    prompt_tokens = NumberAttribute(null=True)
    completion_tokens = NumberAttribute(null=True)
    cost_micro = NumberAttribute(null=True)
    revision = NumberAttribute(null=True)


def planned_run_id(workspace_id: str, planned: datetime) -> str:
    """The one id of a planned moment: a ULID of that moment, its rest made of both."""
    milliseconds = int(planned.timestamp() * 1000)
    digest = hashlib.sha256(f"{workspace_id} {milliseconds}".encode()).digest()
    return f"run_{ULID(milliseconds.to_bytes(6, 'big') + digest[:10])}"


def find_run(workspace_id: str, run_id: str) -> Run | None:
    """A workspace's run: one consistent GetItem."""
    item = find(_RunItem, _partition(workspace_id), _key(run_id))
    return _to_run(item) if item else None


def find_runs(workspace_id: str, at_most: int | None = None) -> RunList:
    """A workspace's runs, strongly consistent; `at_most` is how many will be read, if known."""
    rows = _RunItem.query(
        _partition(workspace_id),
        consistent_read=True,
        scan_index_forward=False,
        page_size=at_most and at_most + 1,
    )
    first = next(rows, None)
    if first is None or first.sk != _TOTAL:  # the total exists as soon as one run does
        return RunList(0, iter(()))
    return RunList(int(first.total or 0), (_to_run(row) for row in rows))


def find_neglected_runs(now: datetime, limit: int) -> list[Run]:
    """Open runs that somebody should have looked after by now, the oldest first."""
    rows = _RunItem.gsi1.query(_OPEN, Gsi1.gsi1sk < clock.iso_ms(now), limit=limit)
    return [_to_run(item) for item in rows]


def store_runs(transaction: Transaction, workspace_id: str, runs: list[Run]) -> None:
    """Add runs; the part `PART` (with the run's id) fails where one of them is there."""
    for run in runs:
        transaction.create(f"{PART}.{run.id}", _to_item(run))
    if runs:
        actions: list[Action] = [_RunItem.total.add(len(runs))]
        transaction.update("runs", _RunItem(_partition(workspace_id), _TOTAL), actions)


def update_run(transaction: Transaction, old: Run, new: Run) -> None:
    """Put a run in the place of the one that was read; `PART` fails if that has changed.

    `new.revision` must be `old.revision + 1`.
    """
    transaction.save(PART, _to_item(new), _unchanged(old))


def activate_run(transaction: Transaction, workspace_id: str, run_id: str, check_at: str) -> None:
    """Let a run that waited be looked after from now on; the part `next_run` fails if it ended."""
    actions: list[Action] = [
        _RunItem.gsi1pk.set(_OPEN),
        _RunItem.gsi1sk.set(f"{check_at}#{run_id}"),
        _RunItem.revision.add(1),
    ]
    item = _RunItem(_partition(workspace_id), _key(run_id))
    transaction.update("next_run", item, actions, _RunItem.status == "queued")


def note_alive(run: Run, check_at: str) -> bool:
    """Put off the look at a running attempt; False where it is no longer this one's turn."""
    item = _RunItem(_partition(run.workspace_id), _key(run.id))
    try:
        item.update(
            [_RunItem.gsi1sk.set(f"{check_at}#{run.id}")],
            (_RunItem.status == "running") & (_RunItem.attempts == run.attempts),
        )
    except UpdateError as error:
        if error.cause_response_code == "ConditionalCheckFailedException":
            return False
        raise
    return True


def delete_runs(runs: list[Run]) -> None:
    """Remove runs of one workspace that is gone."""
    for start in range(0, len(runs), _DELETES_AT_ONCE):
        with _RunItem.batch_write() as batch:
            for run in runs[start : start + _DELETES_AT_ONCE]:
                batch.delete(_RunItem(_partition(run.workspace_id), _key(run.id)))


def delete_total(workspace_id: str) -> None:
    """Remove the counter of a workspace whose runs are all gone."""
    _RunItem(_partition(workspace_id), _TOTAL).delete()


def _unchanged(run: Run) -> Condition:
    return _RunItem.revision == run.revision


def _partition(workspace_id: str) -> str:
    return f"RUNS#{workspace_id}"


def _key(run_id: str) -> str:
    return f"RUN#{run_id.removeprefix('run_')}"


_SAME_NAMED = (
    "owner_id", "company_id", "status", "planned_at", "reason", "not_before", "created_at",
    "started_at", "finished_at", "call_id", "budget_month", "outcome_id", "error_code",
    "error_reason",
)  # fmt: skip
_NUMBERS = (
    "attempts", "held_micro", "prompt_tokens", "completion_tokens", "cost_micro", "revision",
)  # fmt: skip


def _to_item(run: Run) -> _RunItem:
    values: dict[str, Any] = {name: getattr(run, name) for name in _SAME_NAMED + _NUMBERS}
    item = _RunItem(_partition(run.workspace_id), _key(run.id), late=run.late, **values)
    if run.check_at:
        item.gsi1pk, item.gsi1sk = _OPEN, f"{run.check_at}#{run.id}"
    return item


def _to_run(item: _RunItem) -> Run:
    values: dict[str, Any] = {name: getattr(item, name) for name in _SAME_NAMED}
    values |= {name: int(cast(float, getattr(item, name) or 0)) for name in _NUMBERS}
    return Run(
        id=f"run_{item.sk.removeprefix('RUN#')}",
        workspace_id=item.pk.removeprefix("RUNS#"),
        late=bool(item.late),
        check_at=item.gsi1sk.partition("#")[0] if item.gsi1sk else None,
        **values,
    )
