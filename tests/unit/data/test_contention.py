"""How long writers that met step aside."""

import pytest

from shared.data import contention


@pytest.mark.parametrize(
    ("attempt", "longest_s", "bound_s"),
    [(0, 1.0, 0.01), (1, 1.0, 0.02), (4, 1.0, 0.16), (10, 1.0, 1.0), (5000, 0.2, 0.2), (3, 0, 0)],
)
def test_waits_double_up_to_the_longest_and_are_spread_from_nothing_on(
    monkeypatch: pytest.MonkeyPatch, attempt: int, longest_s: float, bound_s: float
) -> None:
    slept: list[float] = []
    spread: list[tuple[float, float]] = []

    def middle(low: float, high: float) -> float:
        spread.append((low, high))
        return (low + high) / 2

    monkeypatch.setattr(contention.random, "uniform", middle)
    monkeypatch.setattr(contention.time, "sleep", slept.append)
    contention.step_aside(attempt, longest_s)
    assert spread == [(0, pytest.approx(bound_s))]
    assert slept == [pytest.approx(bound_s / 2)]
