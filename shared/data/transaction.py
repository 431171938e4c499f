"""Writes that belong together: one TransactWriteItems, over any of the tables."""

from collections.abc import Callable, Collection, Sequence
from typing import Any

from pynamodb.exceptions import TransactWriteError
from pynamodb.expressions.condition import Condition
from pynamodb.expressions.update import Action
from pynamodb.transactions import TransactWrite

from shared.data.contention import step_aside
from shared.data.table import Item, connection

ATTEMPTS = 20
LONGEST_WAIT_S = 1.0


class ConditionFailed(Exception):
    """A condition of the transaction did not hold; nothing was written.

    `names` are those given to the failing parts; `items` maps such a name to the item found
    there (typed DynamoDB attributes) for parts that asked for it with `return_old`.
    """

    def __init__(self, names: frozenset[str], items: dict[str, dict[str, Any]]) -> None:
        super().__init__(f"condition failed: {', '.join(sorted(names))}")
        self.names = names
        self.items = items


class Transaction:
    """Collects parts, then `commit` writes all of them or none (at most 100).

    Each part has a name by which a failed condition is told apart. Two transactions that meet
    on one item are not a failure: the later one is tried again after a short random wait.
    """

    def __init__(self) -> None:
        self._checks: list[tuple[str, tuple[Any, ...], dict[str, Any]]] = []
        self._deletes: list[tuple[str, tuple[Any, ...], dict[str, Any]]] = []
        self._saves: list[tuple[str, tuple[Any, ...], dict[str, Any]]] = []
        self._updates: list[tuple[str, tuple[Any, ...], dict[str, Any]]] = []
        self._mends: list[tuple[frozenset[str], Callable[[ConditionFailed], None]]] = []

    def check(self, name: str, item: Item, condition: Condition) -> None:
        """Demand something of an item that this transaction does not write."""
        self._checks.append((name, (type(item), item.pk, item.sk), {"condition": condition}))

    def delete(self, name: str, item: Item, condition: Condition | None = None) -> None:
        """Remove an item."""
        self._deletes.append((name, (item,), {"condition": condition}))

    def save(
        self, name: str, item: Item, condition: Condition | None = None, *, return_old: bool = False
    ) -> None:
        """Put a whole item."""
        wanted = "ALL_OLD" if return_old else None
        self._saves.append((name, (item,), {"condition": condition, "return_values": wanted}))

    def create(self, name: str, item: Item) -> None:
        """Put an item that must not exist yet."""
        self.save(name, item, type(item).pk.does_not_exist())

    def update(
        self,
        name: str,
        item: Item,
        actions: Sequence[Action],
        condition: Condition | None = None,
        *,
        return_old: bool = False,
    ) -> None:
        """Change attributes of the item with that key (it is made where it does not exist)."""
        wanted = "ALL_OLD" if return_old else None
        self._updates.append(
            (name, (item,), {"actions": actions, "condition": condition, "return_values": wanted})
        )

    def mend(self, names: Collection[str], mend: Callable[[ConditionFailed], None]) -> None:
        """Say what to do when a condition of these parts fails, and only of mendable parts.

        `mend` raises what the caller should see, or changes the parts (`discard`, then add
        others), and the transaction is tried again at once.
        """
        self._mends.append((frozenset(names), mend))

    def discard(self, names: Collection[str]) -> None:
        """Take parts out again."""
        for parts in (self._checks, self._deletes, self._saves, self._updates):
            parts[:] = [part for part in parts if part[0] not in names]

    @property
    def _names(self) -> list[str]:
        parts = (*self._checks, *self._deletes, *self._saves, *self._updates)
        return [name for name, _, _ in parts]

    def commit(self) -> None:
        """Write.

        Raises:
            ConditionFailed: nothing was written, a condition did not hold.
            TransactWriteError: the store failed or stayed in conflict for some seconds.
        """
        for attempt in range(ATTEMPTS):
            if not self._names:
                return
            try:
                self._write()
            except TransactWriteError as error:
                last = attempt == ATTEMPTS - 1
                failure = self._failure(error)
                if failure:
                    self._mended(failure, error, last=last)
                elif last or not _will_pass(error):
                    raise
                else:
                    step_aside(attempt, LONGEST_WAIT_S)
            else:
                return

    def _write(self) -> None:
        with TransactWrite(connection=connection()) as write:
            for _, arguments, options in self._checks:
                write.condition_check(*arguments, **options)
            for _, arguments, options in self._deletes:
                write.delete(*arguments, **options)
            for _, arguments, options in self._saves:
                write.save(*arguments, **options)
            for _, arguments, options in self._updates:
                write.update(*arguments, **options)

    def _failure(self, error: TransactWriteError) -> ConditionFailed | None:
        failed: set[str] = set()
        items: dict[str, dict[str, Any]] = {}
        for name, reason in zip(self._names, error.cancellation_reasons, strict=False):
            if reason and reason.code == "ConditionalCheckFailed":
                failed.add(name)
                if reason.raw_item:
                    items[name] = reason.raw_item
        return ConditionFailed(frozenset(failed), items) if failed else None

    def _mended(self, failure: ConditionFailed, error: TransactWriteError, *, last: bool) -> None:
        concerned = [(names, mend) for names, mend in self._mends if names & failure.names]
        mendable = frozenset[str]().union(*(names for names, _ in concerned))
        if last or failure.names - mendable:
            raise failure from error
        for _, mend in concerned:
            mend(failure)


# Errors and reasons of a cancellation that pass by themselves.
_PASSING = {
    "TransactionConflictException",
    "TransactionInProgressException",
    "TransactionConflict",
    "ThrottlingError",
    "ProvisionedThroughputExceeded",
}


def _will_pass(error: TransactWriteError) -> bool:
    reasons = error.cancellation_reasons
    return error.cause_response_code in _PASSING or any(
        reason and reason.code in _PASSING for reason in reasons
    )
