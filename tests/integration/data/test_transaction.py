"""Transactions: all or nothing, the failing part by name, conflicts tried again."""

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from pynamodb.attributes import NumberAttribute
from pynamodb.connection import Connection
from pynamodb.exceptions import CancellationReason, TransactWriteError, VerboseClientError

from shared.core import context
from shared.data import outbox, transaction
from shared.data.table import Item, TableMeta, TableOf, find
from shared.data.transaction import ConditionFailed, Transaction


class _Thing(Item):
    class Meta(TableMeta):
        table_name = TableOf("ROLES_TABLE")

    count = NumberAttribute(default=0)


def test_a_failed_condition_is_named_and_nothing_is_written() -> None:
    _Thing("A", "1", count=5).save()
    work = Transaction()
    work.create("fresh", _Thing("B", "1"))
    work.save("taken", _Thing("A", "1"), _Thing.pk.does_not_exist(), return_old=True)
    with pytest.raises(ConditionFailed) as failure:
        work.commit()
    assert failure.value.names == {"taken"}
    assert failure.value.items["taken"]["count"] == {"N": "5"}
    assert find(_Thing, "B", "1") is None


def test_of_many_at_once_one_creates() -> None:
    def attempt(_: int) -> bool:
        work = Transaction()
        work.create("thing", _Thing("A", "1"))
        try:
            work.commit()
        except ConditionFailed:
            return False
        return True

    with ThreadPoolExecutor(16) as pool:
        assert sum(pool.map(attempt, range(40))) == 1


def test_meeting_another_transaction_is_tried_again(monkeypatch: pytest.MonkeyPatch) -> None:
    real = Connection.transact_write_items
    answers = iter([_conflict(), _conflict(), None])

    def sometimes(self: Connection, *args: Any, **kwargs: Any) -> Any:
        error = next(answers)
        if error:
            raise error
        return real(self, *args, **kwargs)

    monkeypatch.setattr(Connection, "transact_write_items", sometimes)
    work = Transaction()
    work.create("thing", _Thing("A", "1"))
    work.commit()
    assert find(_Thing, "A", "1") is not None


def test_a_lasting_conflict_is_raised_in_the_end(monkeypatch: pytest.MonkeyPatch) -> None:
    tries = []

    def never(self: Connection, *args: Any, **kwargs: Any) -> Any:
        tries.append(1)
        raise _conflict()

    monkeypatch.setattr(Connection, "transact_write_items", never)
    monkeypatch.setattr(transaction, "LONGEST_WAIT_S", 0.0)
    work = Transaction()
    work.create("thing", _Thing("A", "1"))
    with pytest.raises(TransactWriteError):
        work.commit()
    assert len(tries) == transaction.ATTEMPTS


def test_a_promise_is_written_with_the_rest_and_found_until_it_is_sent() -> None:
    token = context.enter(context.RequestContext("req-1"))
    try:
        work = Transaction()
        work.create("thing", _Thing("A", "1"))
        ulid = outbox.promise(work, "ROLES_TABLE", "queue:documents", {"文": 1})
        work.commit()
    finally:
        context.leave(token)
    found = outbox.find_promise("ROLES_TABLE", ulid)
    assert found == outbox.Promise(ulid, "queue:documents", '{"文": 1}', "req-1")
    outbox.delete_promise("ROLES_TABLE", ulid)
    assert outbox.find_promise("ROLES_TABLE", ulid) is None


def _conflict() -> TransactWriteError:
    reason = CancellationReason(code="TransactionConflict", message=None, raw_item=None)
    cause = VerboseClientError(
        {"Error": {"Code": "TransactionCanceledException"}},
        "TransactWriteItems",
        {"request_id": "", "table_name": ""},
        cancellation_reasons=[reason],
    )
    return TransactWriteError("conflict", cause)
