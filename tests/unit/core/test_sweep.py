"""Housekeeping over what was found."""

import pytest

from shared.core.sweep import SweepFailed, sweep


def named(number: int) -> dict[str, str]:
    return {"number": str(number)}


def test_what_was_put_right_is_counted() -> None:
    assert sweep(range(4), lambda number: number, named) == 6
    assert sweep(range(4), lambda number: number > 1, named) == 2
    assert sweep([], lambda _: True, named) == 0


def test_one_that_fails_keeps_none_of_the_others_waiting(
    caplog: pytest.LogCaptureFixture,
) -> None:
    seen: list[int] = []

    def deal_with(number: int) -> bool:
        seen.append(number)
        if number == 2:
            raise ConnectionError("table gone")
        return True

    with pytest.raises(SweepFailed, match="1 failed, 3 dealt with"):
        sweep([1, 2, 3, 4], deal_with, named)

    assert seen == [1, 2, 3, 4]
    (logged,) = (record for record in caplog.records if record.message == "not swept")
    assert logged.__dict__["number"] == "2"
    assert logged.exc_info
    assert logged.exc_info[0] is ConnectionError
