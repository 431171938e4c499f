"""A month's limit: never passed, whoever calls at once."""

from datetime import UTC, datetime, timedelta

import pytest

from shared.core import clock, ids
from shared.core.errors import RateLimited
from shared.data.ledger_months import find_budget
from shared.ledger import ledger
from tests.support.at_once import at_once
from tests.support.ledger import counters, line, month, stored_lines, sums_of_lines


@pytest.fixture
def user_id() -> str:
    return ids.new_id("user")


def passes(user_id: str, amount_micro: int) -> bool:
    try:
        ledger.reserve_now(user_id=user_id, amount_micro=amount_micro)
    except RateLimited:
        return False
    return True


def test_of_200_calls_at_once_exactly_those_pass_that_the_budget_covers(user_id: str) -> None:
    ledger.set_budget(user_id, 100 * 7, "block")

    passed = at_once([lambda: passes(user_id, 7)] * 200)

    assert sum(passed) == 100
    assert month(user_id)["available"] == 0


def test_calls_at_once_are_counted_exactly(user_id: str) -> None:
    def turn(number: int) -> None:
        held = ledger.reserve_now(user_id=user_id, amount_micro=5_000)
        ledger.settle_now(held, [line(cost_micro=number, role_id=f"role_{number % 3}")])

    at_once([lambda n=n: turn(n) for n in range(24)])

    assert len(stored_lines(user_id)) == 24
    assert counters(user_id) == sums_of_lines(user_id)
    assert counters(user_id)["total"]["cost"] == sum(range(24)) == month(user_id)["spent"]
    assert month(user_id)["available"] == -sum(range(24))


def test_what_a_call_did_not_use_is_free_for_the_next(user_id: str) -> None:
    ledger.set_budget(user_id, 5_000, "block")
    held = ledger.reserve_now(user_id=user_id, amount_micro=5_000)
    assert not passes(user_id, 1)

    ledger.settle_now(held, [line(cost_micro=1_000)])

    assert passes(user_id, 4_000)
    assert not passes(user_id, 1)


def test_a_released_call_gives_its_budget_back(user_id: str) -> None:
    ledger.set_budget(user_id, 5_000, "block")
    ledger.release_now(ledger.reserve_now(user_id=user_id, amount_micro=5_000))

    assert passes(user_id, 5_000)


def test_a_budget_that_warns_lets_through(user_id: str) -> None:
    ledger.set_budget(user_id, 100, "warn")

    assert passes(user_id, 101)


def test_a_free_model_works_up_to_the_limit(user_id: str) -> None:
    ledger.set_budget(user_id, 10, "block")
    assert passes(user_id, 10)

    assert passes(user_id, 0)


def test_a_new_limit_holds_for_what_was_spent_before(user_id: str) -> None:
    assert passes(user_id, 80)
    ledger.set_budget(user_id, 100, "block")
    assert not passes(user_id, 21)
    assert passes(user_id, 20)

    ledger.set_budget(user_id, 110, "block")
    assert not passes(user_id, 11)
    assert passes(user_id, 10)

    ledger.set_budget(user_id, 50, "warn")
    assert passes(user_id, 1)
    ledger.set_budget(user_id, 50, "block")
    assert not passes(user_id, 0)


def test_changes_of_the_limit_at_once_leave_one_of_them(user_id: str) -> None:
    ledger.set_budget(user_id, 50, "block")
    before = find_budget(user_id)
    assert passes(user_id, 30)

    at_once([lambda n=n: ledger.set_budget(user_id, 100 + n, "block") for n in range(8)])

    budget = find_budget(user_id)
    assert budget
    assert before
    assert budget.version == before.version + 8
    assert month(user_id)["available"] == budget.limit_micro - 30


def test_a_budget_set_again_has_a_version_of_its_own(user_id: str) -> None:
    versions = set()
    for _ in range(2):
        ledger.set_budget(user_id, 50, "block")
        budget = find_budget(user_id)
        assert budget
        versions.add(budget.version)
        ledger.set_budget(user_id, None, "block")
        assert find_budget(user_id) is None

    assert len(versions) == 2


def test_a_budget_taken_away_in_the_middle_of_calls_stops_none_and_loses_nothing(
    user_id: str,
) -> None:
    ledger.set_budget(user_id, 10_000, "block")
    held = ledger.reserve_now(user_id=user_id, amount_micro=5_000)

    at_once(
        [
            lambda: ledger.set_budget(user_id, None, "block"),
            lambda: ledger.settle_now(held, [line(cost_micro=1_000)]),
        ]
    )

    assert passes(user_id, 20_000)
    assert month(user_id)["spent"] == 1_000
    assert month(user_id)["available"] == -21_000


def test_the_limit_is_whole_again_on_the_first_of_the_month_in_shanghai(user_id: str) -> None:
    midnight = datetime(2026, 10, 31, 16, 0, tzinfo=UTC)
    with clock.travelling(lambda: (midnight - timedelta(seconds=1)).timestamp()):
        ledger.set_budget(user_id, 100, "block")
        assert passes(user_id, 100)
        with pytest.raises(RateLimited) as refused:
            ledger.reserve_now(user_id=user_id, amount_micro=1)

    assert refused.value.details == {"reason": "budget"}
    assert refused.value.retry_after == 2
    with clock.travelling(lambda: (midnight + timedelta(seconds=1)).timestamp()):
        assert passes(user_id, 100)
        assert not passes(user_id, 1)


def test_a_call_is_settled_in_the_month_that_held_it(user_id: str) -> None:
    midnight = datetime(2026, 10, 31, 16, 0, tzinfo=UTC)
    with clock.travelling(lambda: (midnight - timedelta(seconds=1)).timestamp()):
        held = ledger.reserve_now(user_id=user_id, amount_micro=100)
    with clock.travelling(lambda: (midnight + timedelta(minutes=1)).timestamp()):
        ledger.settle_now(held, [line(cost_micro=40)])

    assert (month(user_id)["sk"], month(user_id)["spent"]) == ("MONTH#2026-10", 40)


def test_the_refusal_says_so_in_the_callers_words(user_id: str) -> None:
    ledger.set_budget(user_id, 1, "block")

    with pytest.raises(RateLimited) as refused:
        ledger.reserve_now(user_id=user_id, amount_micro=2)

    assert refused.value.message.zh == "本月预算已用完"
    assert refused.value.retry_after
    assert refused.value.retry_after <= 31 * 24 * 3600 + 1
