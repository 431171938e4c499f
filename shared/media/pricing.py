"""What pictures and videos cost: a price per picture or per second, from the data file."""

from shared.ai.catalog import Model, exchange_rate
from shared.core.money import to_micro


def media_cost_micro(model: Model, units: int, currency: str) -> int:
    """The price in micro-units of `currency`.

    Args:
        model: one without a known price costs nothing.
        units: pictures, or seconds of video.
    """
    if model.media is None:
        return 0
    return to_micro(model.media.price * units * exchange_rate(model.currency, currency))
