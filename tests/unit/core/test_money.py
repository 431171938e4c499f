"""Money: exact, half-up, the same number on the wire."""

import json
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.core import money


@pytest.mark.parametrize(
    ("amount", "micro"),
    [("0.0000005", 1), ("0.0000004", 0), ("1", 1_000_000), ("0.1234565", 123_457)],
)
def test_amounts_round_half_up_to_six_places(amount: str, micro: int) -> None:
    assert money.to_micro(Decimal(amount)) == micro


@given(st.integers(min_value=0, max_value=999_999_999_999_999))
def test_the_wire_number_is_the_exact_decimal(micro: int) -> None:
    text = json.dumps(money.to_json_number(micro))
    assert money.to_micro(Decimal(text)) == micro
