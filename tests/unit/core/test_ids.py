"""Ids: form, order, uniqueness."""

from concurrent.futures import ThreadPoolExecutor

from hypothesis import given
from hypothesis import strategies as st

from shared.core import clock, ids


def test_ids_of_one_millisecond_sort_in_the_order_they_were_made() -> None:
    with clock.travelling(lambda: 1_700_000_000.0):
        made = [ids.new_id("msg") for _ in range(1000)]
    assert made == sorted(made)
    assert len(set(made)) == 1000


def test_a_clock_that_steps_back_a_little_does_not_break_the_order() -> None:
    moments = iter([1_700_000_004.0, 1_700_000_000.0])
    with clock.travelling(lambda: next(moments)):
        first, second = ids.new_ulid(), ids.new_ulid()
    assert first < second


def test_a_clock_that_was_far_ahead_leaves_no_ids_of_the_future() -> None:
    moments = iter([1_700_000_060.0, 1_700_000_000.0])
    with clock.travelling(lambda: next(moments)):
        ids.new_ulid()
        assert ids.milliseconds(ids.new_ulid()) == 1_700_000_000_000


def test_threads_never_share_an_id() -> None:
    with ThreadPoolExecutor(16) as pool:
        made = list(pool.map(lambda _: ids.new_ulid(), range(4000)))
    assert len(set(made)) == 4000


def test_an_id_names_its_kind() -> None:
    role = ids.new_id("role")
    assert ids.is_id("role", role)
    assert not ids.is_id("user", role)
    assert not ids.is_id("role", role.lower())
    assert not ids.is_id("role", "role_" + "I" * 26)


@given(st.integers(min_value=2_000_000_000, max_value=4_000_000_000))
def test_a_ulid_tells_its_moment(second: int) -> None:
    assert ids.milliseconds(str(ids.ULID.from_timestamp(float(second)))) == second * 1000
