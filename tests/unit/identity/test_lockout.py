"""The lock-out's arithmetic: what counts, what is forgotten, when to come back."""

from typing import Any

import pytest

from functions.identity import lockout
from functions.identity.errors import TooManyAttempts
from shared.core import clock
from shared.data.login_attempts import Attempts, new_stamp

NOW = 1_800_000_000.0


def stamp(age_s: float) -> str:
    with clock.travelling(lambda: NOW - age_s):
        return new_stamp()


def begin(monkeypatch: pytest.MonkeyPatch, **seen: Any) -> dict[str, Any]:
    """Try with these attempts standing; returns what was asked of the store."""
    written: dict[str, Any] = {}

    def write(seen: Attempts, new: str, forget: frozenset[str]) -> bool:
        written.update(new=new, forget=forget)
        return True

    standing = Attempts("a@example.com", None, **seen)
    monkeypatch.setattr(lockout, "find_attempts", lambda _: standing)
    monkeypatch.setattr(lockout, "store_attempt", write)
    monkeypatch.setattr(lockout, "PATIENCE_S", 0.0)
    monkeypatch.setattr(lockout, "LONGEST_WAIT_S", 0.0)
    with clock.travelling(lambda: NOW):
        lockout.begin_attempt("a@example.com")
    return written


def test_four_wrong_ones_leave_room(monkeypatch: pytest.MonkeyPatch) -> None:
    assert begin(monkeypatch, wrong=frozenset(map(stamp, (1, 2, 3, 4))))["new"]


def test_retry_after_is_when_the_fifth_latest_is_forgotten(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    wrong = frozenset(map(stamp, (850, 800, 100, 50, 40, 30)))
    with pytest.raises(TooManyAttempts) as failure:
        begin(monkeypatch, wrong=wrong)
    assert failure.value.retry_after == 100  # the one of 800 s ago


def test_old_ones_are_forgotten_by_the_next_write(monkeypatch: pytest.MonkeyPatch) -> None:
    old = frozenset(map(stamp, (900, 901, 5000)))
    recent = frozenset(map(stamp, (1, 899)))
    assert begin(monkeypatch, wrong=old | recent)["forget"] == old


def test_open_ones_take_the_room_of_wrong_ones(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(TooManyAttempts) as failure:
        begin(
            monkeypatch,
            wrong=frozenset(map(stamp, (1, 2, 3))),
            open=frozenset(map(stamp, (0.1, 0.2))),
        )
    assert failure.value.retry_after == 1


def test_abandoned_ones_count_as_wrong_until_the_window_ends(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with pytest.raises(TooManyAttempts) as failure:
        begin(monkeypatch, open=frozenset(map(stamp, (11, 12, 13, 14, 15))))
    assert failure.value.retry_after == 885
    assert begin(monkeypatch, open=frozenset(map(stamp, (901, 902, 903, 904, 905))))["new"]
