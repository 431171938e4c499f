"""A call's money: held, counted once, given back."""

from datetime import timedelta

import pytest

from shared.core import clock, ids
from shared.core.errors import RateLimited
from shared.data.ledger import find_reservation
from shared.data.outbox import find_overdue, promise
from shared.data.transaction import Transaction
from shared.ledger import ledger
from tests.support.aws import counted_calls
from tests.support.ledger import counters, line, month, stored_lines, sums_of_lines


@pytest.fixture
def user_id() -> str:
    return ids.new_id("user")


def test_a_settled_call_is_one_line_and_its_counters(user_id: str) -> None:
    held = ledger.reserve_now(user_id=user_id, amount_micro=5_000)

    ledger.settle_now(held, [line(role_id="role_1", role_name="律师", session_id="session_1")])

    (stored,) = stored_lines(user_id)
    assert stored["call_id"] == held.call_id
    assert (stored["cost_micro"], stored["currency"]) == (1_000, "CNY")
    assert counters(user_id)["role#role_1"] == {"requests": 1, "tokens": 30, "cost": 1_000}
    assert counters(user_id) == sums_of_lines(user_id)
    assert (month(user_id)["available"], month(user_id)["spent"]) == (-1_000, 1_000)


def test_a_turn_of_several_calls_is_settled_at_once(user_id: str) -> None:
    held = ledger.reserve_now(user_id=user_id, amount_micro=5_000)

    ledger.settle_now(held, [line(cost_micro=1), line(cost_micro=2), line(model="embedder")])

    assert len(stored_lines(user_id)) == 3
    assert counters(user_id) == sums_of_lines(user_id)


def test_a_second_settle_adds_nothing(user_id: str) -> None:
    held = ledger.reserve_now(user_id=user_id, amount_micro=5_000)

    for _ in range(2):
        ledger.settle_now(held, [line()])

    assert len(stored_lines(user_id)) == 1
    assert counters(user_id)["total"]["requests"] == 1
    assert month(user_id)["spent"] == 1_000


def test_a_repeated_reserve_holds_the_amount_once(user_id: str) -> None:
    call_id = ids.new_id("call")
    ledger.reserve_now(user_id=user_id, amount_micro=5_000, call_id=call_id)

    ledger.reserve_now(user_id=user_id, amount_micro=7_000, call_id=call_id)

    assert month(user_id)["available"] == -7_000
    held = find_reservation(call_id)
    assert held is not None
    assert held.amount_micro == 7_000


def test_a_settled_call_cannot_be_reserved_again(user_id: str) -> None:
    held = ledger.reserve_now(user_id=user_id, amount_micro=1)
    ledger.settle_now(held, [line()])

    with pytest.raises(ledger.CallEnded):
        ledger.reserve_now(user_id=user_id, amount_micro=1, call_id=held.call_id)


def test_a_call_id_of_somebody_else_is_refused(user_id: str) -> None:
    held = ledger.reserve_now(user_id=ids.new_id("user"), amount_micro=1)

    with pytest.raises(ledger.CallEnded):
        ledger.reserve_now(user_id=user_id, amount_micro=1, call_id=held.call_id)


def test_what_was_never_reserved_cannot_be_settled(user_id: str) -> None:
    held = ledger.Reservation(ids.new_id("call"), user_id, "2026-11", 1)

    with pytest.raises(ledger.CallEnded):
        ledger.settle_now(held, [line()])
    assert stored_lines(user_id) == []


def test_a_released_call_gives_everything_back(user_id: str) -> None:
    held = ledger.reserve_now(user_id=user_id, amount_micro=5_000)

    for _ in range(2):
        ledger.release_now(held)

    assert month(user_id)["available"] == 0
    assert find_reservation(held.call_id) is None


def test_a_dead_call_is_released_when_its_time_is_over(user_id: str) -> None:
    dead = ledger.reserve_now(user_id=user_id, amount_micro=5_000)
    ledger.reserve_now(user_id=user_id, amount_micro=300, hold=timedelta(hours=1))

    last_look = clock.now() + timedelta(minutes=15) - timedelta(minutes=1)  # its interval
    assert ledger.release_expired(clock.now()) == 0
    assert ledger.release_expired(last_look) == 1
    assert ledger.release_expired(last_look) == 0

    assert month(user_id)["available"] == -300
    assert find_reservation(dead.call_id) is None


def test_a_call_settled_while_the_sweep_reads_is_not_released(
    user_id: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    held = ledger.reserve_now(user_id=user_id, amount_micro=5_000)
    ledger.settle_now(held, [line()])
    monkeypatch.setattr(ledger, "find_expired", lambda _: [held])  # the index lags behind

    assert ledger.release_expired(clock.now()) == 0
    assert month(user_id)["available"] == -1_000


def test_a_call_settled_after_its_reservation_ran_out_counts_in_full(user_id: str) -> None:
    held = ledger.reserve_now(user_id=user_id, amount_micro=5_000)
    ledger.release_expired(clock.now() + timedelta(hours=1))

    for _ in range(2):
        ledger.settle_now(held, [line()])

    assert month(user_id)["available"] == -1_000
    assert counters(user_id) == sums_of_lines(user_id)
    assert counters(user_id)["total"]["requests"] == 1


def test_a_released_call_can_be_reserved_again_by_its_takeover(user_id: str) -> None:
    held = ledger.reserve_now(user_id=user_id, amount_micro=5_000)
    ledger.release_expired(clock.now() + timedelta(hours=1))

    again = ledger.reserve_now(user_id=user_id, amount_micro=5_000, call_id=held.call_id)
    ledger.settle_now(again, [line()])

    assert month(user_id)["available"] == -1_000


def test_reserve_and_settle_cost_one_write_each(
    user_id: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    ledger.release_now(ledger.reserve_now(user_id=user_id, amount_micro=1))  # opens the month

    with counted_calls(monkeypatch) as calls:
        held = ledger.reserve_now(user_id=user_id, amount_micro=5_000)
        ledger.settle_now(held, [line(role_id="role_1", role_name="律师")])

    assert calls == {"TransactWriteItems": 2}


def test_a_refused_reserve_leaves_the_rest_of_its_transaction_unwritten(user_id: str) -> None:
    ledger.set_budget(user_id, 100, "block")
    transaction = Transaction()
    promise(transaction, "LEDGER_TABLE", "queue:documents", {"type": "test"})
    ledger.reserve(transaction, user_id=user_id, amount_micro=101)

    with pytest.raises(RateLimited) as refused:
        transaction.commit()

    assert refused.value.details == {"reason": "budget"}
    assert month(user_id)["available"] == 100
    assert list(find_overdue("LEDGER_TABLE", timedelta(seconds=-60))) == []
