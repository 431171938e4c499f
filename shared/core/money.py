"""Money is an integer of 10⁻⁶ of the deployment's currency inside, a decimal at the edge."""

from decimal import ROUND_HALF_UP, Decimal

MICRO = Decimal(1_000_000)
_PLACES = Decimal("0.000001")


def to_micro(amount: Decimal) -> int:
    """Micro-units of a decimal amount, rounded half-up to six places."""
    return int(amount.quantize(_PLACES, rounding=ROUND_HALF_UP) * MICRO)


def from_micro(micro: int) -> Decimal:
    """The decimal amount of micro-units, six places."""
    return (Decimal(micro) / MICRO).quantize(_PLACES)


def to_json_number(micro: int) -> float:
    """The number a JSON body carries.

    The shortest text of this float is the exact decimal up to nine integer digits;
    nothing is computed with it.
    """
    return float(from_micro(micro))
