"""Sizes of pictures: what a model can make of what was asked for."""

from math import sqrt

from shared.ai.catalog import Media

_STEP = 8


def fit_size(width: int, height: int, limits: Media) -> tuple[int, int]:
    """The size to ask a model for, in pixels, of the same shape where its limits allow.

    A size within the limits stays as it is.
    """
    (low, high), (fewest, most) = limits.sides, limits.pixels
    sides_fit = low <= min(width, height) and max(width, height) <= high
    if sides_fit and fewest <= width * height <= most:
        return width, height
    grow = max(1.0, low / min(width, height), sqrt(fewest / (width * height)))
    shrink = min(1.0, sqrt(most / (grow * grow * width * height)))
    scale = grow * shrink
    return _side(width * scale, low, high), _side(height * scale, low, high)


def _side(pixels: float, low: int, high: int) -> int:
    # Rounded up, so that the fewest pixels are reached; the limits are multiples of the step.
    stepped = -int(-pixels // _STEP) * _STEP
    return max(low, min(high, stepped))
