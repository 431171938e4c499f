"""What a call costs: exact decimals, rounded half-up to six places once, at the end."""

from dataclasses import replace
from datetime import datetime
from decimal import ROUND_HALF_UP, Context, Decimal, localcontext

from shared.ai.catalog import Model, exchange_rate
from shared.ai.port import Usage
from shared.core import clock
from shared.core.money import to_micro

_PER_MILLION = Decimal(1_000_000)
_PLACES = Decimal("0.000001")
_EXACT = Context(prec=60)


def calculate_cost(
    model: Model, usage: Usage, *, currency: str | None = None, moment: datetime | None = None
) -> Decimal:
    """The cost of a call, six places.

    `(prompt - cached) · input + cached · cached_input + completion · output`, per million.

    Args:
        model: whose rates hold; one without rates costs 0.
        usage: its tokens.
        currency: of the answer; the model's own by default.
        moment: of the call, for rates that depend on the hour; now by default.
    """
    rate = model.rate(usage.prompt_tokens, moment or clock.now())
    if rate is None:
        return Decimal(0).quantize(_PLACES)
    cached = min(usage.cached_tokens, usage.prompt_tokens)
    with localcontext(_EXACT):
        total = (
            (usage.prompt_tokens - cached) * rate.input
            + cached * rate.cached_input
            + usage.completion_tokens * rate.output
        )
        price = total / _PER_MILLION * exchange_rate(model.currency, currency or model.currency)
        return price.quantize(_PLACES, rounding=ROUND_HALF_UP)


def cost_micro(model: Model, usage: Usage, currency: str, *, moment: datetime | None = None) -> int:
    """`calculate_cost` in micro-units of the ledger's currency."""
    return to_micro(calculate_cost(model, usage, currency=currency, moment=moment))


def worst_case_micro(model: Model, prompt_tokens: int, max_tokens: int, currency: str) -> int:
    """The most a call can cost, in micro-units: nothing cached, the dearest hour, a full answer.

    Args:
        prompt_tokens: an estimate; a quarter is added, since it may be short by that much.
        max_tokens: what the answer is limited to.
    """
    prompt = prompt_tokens + prompt_tokens // 4 + 1
    dearest = replace(model, off_peak=())
    return cost_micro(dearest, Usage(prompt, max_tokens), currency)
