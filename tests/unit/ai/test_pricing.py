"""Costs are exact to the sixth place, by tier and by hour."""

from datetime import UTC, datetime
from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.ai.catalog import Model, Rate, exchange_rate, find_model, price_version, read_model
from shared.ai.port import Usage
from shared.ai.pricing import calculate_cost, cost_micro, worst_case_micro

PEAK = datetime(2026, 11, 23, 2, 0, tzinfo=UTC)  # Monday, 10:00 in Beijing
NIGHT = datetime(2026, 11, 23, 14, 0, tzinfo=UTC)
LUNCH = datetime(2026, 11, 23, 4, 0, tzinfo=UTC)
SUNDAY = datetime(2026, 11, 22, 2, 0, tzinfo=UTC)


def model(model_id: str) -> Model:
    found = find_model(model_id)
    assert found is not None
    return found


def test_cached_tokens_are_part_of_the_prompt_and_cheaper():
    cost = calculate_cost(model("gpt-4o"), Usage(1_000_000, 100_000, cached_tokens=400_000))

    assert cost == Decimal("1.500000") + Decimal("0.500000") + Decimal("1.000000")


def test_halves_are_rounded_up():
    half = Model("m", rates=(Rate(Decimal("0.5"), Decimal("0.5"), Decimal("0")),))

    assert calculate_cost(half, Usage(1, 0)) == Decimal("0.000001")
    assert calculate_cost(half, Usage(3, 0)) == Decimal("0.000002")


@pytest.mark.parametrize(
    ("moment", "expected"),
    [(PEAK, "10.000000"), (NIGHT, "5.000000"), (LUNCH, "5.000000"), (SUNDAY, "5.000000")],
)
def test_deepseek_is_half_as_dear_off_peak(moment: datetime, expected: str):
    usage = Usage(1_000_000, 1_000_000)

    assert calculate_cost(model("deepseek-flash"), usage, moment=moment) == Decimal(expected)


@pytest.mark.parametrize(
    ("prompt", "rate"), [(32_000, "3.2"), (32_001, "4.8"), (128_001, "9.6"), (300_000, "9.6")]
)
def test_doubao_is_priced_by_the_length_of_the_prompt(prompt: int, rate: str):
    cost = calculate_cost(model("doubao-seed-2-0-pro"), Usage(prompt, 0))

    assert cost == (prompt * Decimal(rate) / 1_000_000).quantize(Decimal("0.000001"))


def test_a_dollar_price_is_charged_in_the_ledgers_currency():
    usage = Usage(1_000_000, 0)

    assert cost_micro(model("gpt-4o"), usage, "USD") == 2_500_000
    expected = Decimal("2.5") * exchange_rate("USD", "CNY") * 1_000_000
    assert cost_micro(model("gpt-4o"), usage, "CNY") == expected


def test_an_unknown_currency_is_refused():
    with pytest.raises(KeyError):
        cost_micro(model("gpt-4o"), Usage(1, 1), "XXX")


def test_a_model_without_rates_costs_nothing():
    assert calculate_cost(Model("own"), Usage(1000, 1000)) == Decimal("0.000000")


_TOKENS = st.integers(0, 10_000_000)


@given(prompt=_TOKENS, cached=_TOKENS, completion=_TOKENS)
def test_cost_equals_exact_fractions(prompt: int, cached: int, completion: int):
    usage = Usage(prompt, completion, min(prompt, cached))
    exact = (
        Fraction(usage.prompt_tokens - usage.cached_tokens) * Fraction("0.15")
        + usage.cached_tokens * Fraction("0.075")
        + completion * Fraction("0.60")
    )
    micro = (Decimal(exact.numerator) / exact.denominator).quantize(0, ROUND_HALF_UP)

    assert cost_micro(model("gpt-4o-mini"), usage, "USD") == int(micro)


@given(prompt=st.integers(0, 200_000), answer=st.integers(0, 4000), short=st.integers(0, 20))
def test_no_call_costs_more_than_its_worst_case(prompt: int, answer: int, short: int):
    real_prompt = prompt + prompt * short // 100
    for name in ("deepseek-flash", "doubao-seed-2-0-pro", "gpt-4o", "builtin"):
        worst = worst_case_micro(model(name), prompt, 4000, "CNY")
        for moment in (PEAK, NIGHT):
            assert (
                cost_micro(model(name), Usage(real_prompt, answer), "CNY", moment=moment) <= worst
            )


def test_the_data_file_is_whole():
    assert datetime.fromisoformat(price_version())
    flash = model("deepseek-flash")
    assert (flash.kind, flash.currency) == ("chat", "CNY")
    assert model("text-embedding-3-small").kind == "embedding"
    assert not model("gpt-5").sampling
    assert find_model("nope") is None


def test_an_entry_without_cached_price_pays_the_full_one():
    entry = {"id": "m", "rates": [{"input": "2", "output": "3"}]}

    assert read_model(entry).rates == (Rate(Decimal(2), Decimal(2), Decimal(3)),)
