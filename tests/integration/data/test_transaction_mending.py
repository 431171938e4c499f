"""A transaction whose parts know what to do when their condition fails."""

import pytest
from pynamodb.attributes import NumberAttribute

from shared.data.table import Item, TableMeta, TableOf, find
from shared.data.transaction import ConditionFailed, Transaction


class _Thing(Item):
    class Meta(TableMeta):
        table_name = TableOf("ROLES_TABLE")

    count = NumberAttribute(default=0)


def test_a_mended_part_is_written_with_the_rest() -> None:
    _Thing("A", "1", count=5).save()
    work = Transaction()
    work.create("other", _Thing("B", "1"))
    work.create("taken", _Thing("A", "1"))

    def mend(_: ConditionFailed) -> None:
        work.discard({"taken"})
        work.update("taken", _Thing("A", "1"), [_Thing.count.add(1)])

    work.mend({"taken"}, mend)
    work.commit()

    found = find(_Thing, "A", "1")
    assert found is not None
    assert found.count == 6
    assert find(_Thing, "B", "1") is not None


def test_an_error_of_the_mend_reaches_the_caller_and_nothing_is_written() -> None:
    _Thing("A", "1").save()
    work = Transaction()
    work.create("other", _Thing("B", "1"))
    work.create("taken", _Thing("A", "1"))

    def mend(failure: ConditionFailed) -> None:
        raise PermissionError("no") from failure

    work.mend({"taken"}, mend)
    with pytest.raises(PermissionError):
        work.commit()

    assert find(_Thing, "B", "1") is None


def test_where_another_part_failed_too_nothing_is_mended() -> None:
    _Thing("A", "1").save()
    _Thing("B", "1").save()
    work = Transaction()
    work.create("other", _Thing("B", "1"))
    work.create("taken", _Thing("A", "1"))
    mended: list[ConditionFailed] = []
    work.mend({"taken"}, mended.append)

    with pytest.raises(ConditionFailed) as failure:
        work.commit()

    assert failure.value.names == {"other", "taken"}
    assert mended == []


def test_a_mend_that_mends_nothing_comes_to_an_end() -> None:
    _Thing("A", "1").save()
    work = Transaction()
    work.create("taken", _Thing("A", "1"))
    work.mend({"taken"}, lambda _: None)

    with pytest.raises(ConditionFailed):
        work.commit()


def test_a_transaction_whose_parts_are_all_discarded_is_done() -> None:
    _Thing("A", "1").save()
    work = Transaction()
    work.create("taken", _Thing("A", "1"))
    work.mend({"taken"}, lambda _: work.discard({"taken"}))

    work.commit()
