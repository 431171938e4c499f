"""Optimistic changes that meet others."""

from collections.abc import Callable

import pytest

from shared.core.errors import Conflict, ServiceUnavailable
from shared.data import changing
from shared.data.changing import TRIES, change_stored, until_written
from shared.data.transaction import ConditionFailed

MET = ConditionFailed(frozenset({"thing"}), {})


class Gone(Exception):
    """This change is not to be."""


@pytest.fixture(autouse=True)
def waits(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """The tries after which it stepped aside."""
    stepped: list[int] = []
    monkeypatch.setattr(changing, "step_aside", lambda attempt, _: stepped.append(attempt))
    return stepped


def beaten(times: int) -> Callable[[], str]:
    """A step that others beat so many times."""
    left = [MET] * times

    def step() -> str:
        if left:
            raise left.pop()
        return "written"

    return step


@pytest.mark.parametrize("times", [0, 1, TRIES - 1])
def test_a_step_is_repeated_until_it_is_written(times: int, waits: list[int]) -> None:
    assert until_written(beaten(times)) == "written"
    assert waits == list(range(times))


def test_one_that_never_gets_its_turn_says_try_again() -> None:
    with pytest.raises(ServiceUnavailable):
        until_written(beaten(TRIES))
    with pytest.raises(Conflict):
        until_written(beaten(TRIES), busy=Conflict)


def test_a_condition_that_rules_the_change_out_ends_it(waits: list[int]) -> None:
    def met(failure: ConditionFailed) -> None:
        raise Gone from failure

    with pytest.raises(Gone):
        until_written(beaten(1), met)
    assert waits == []


def test_a_change_is_decided_again_on_what_is_stored_by_then() -> None:
    written: list[tuple[str, str]] = []

    def write(old: str, new: str) -> str:
        written.append((old, new))
        if old == "stale":
            raise MET
        return new

    found = change_stored("stale", lambda now: f"{now}+1", write, lambda _: "fresh")

    assert found == "fresh+1"
    assert written == [("stale", "stale+1"), ("fresh", "fresh+1")]


def test_what_is_gone_or_so_already_or_not_wanted_is_not_written() -> None:
    def write(old: str, new: str) -> str:
        raise MET

    assert change_stored("a", lambda now: now, write, lambda _: None) == "a"
    assert change_stored("a", lambda _: None, write, lambda _: None) is None
    assert change_stored("a", lambda now: now + "b", write, lambda _: None) is None
