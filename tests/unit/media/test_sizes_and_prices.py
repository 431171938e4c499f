"""Sizes that a model can make, and what its pictures and videos cost."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.ai.catalog import Media, find_model
from shared.media.pricing import media_cost_micro
from shared.media.sizes import fit_size

SMALL = Media("image", Decimal("0.2"), "m", sides=(512, 2048), pixels=(262_144, 4_194_304))
LARGE = Media("image", Decimal("0.2"), "m", sides=(256, 4096), pixels=(921_600, 16_777_216))
SIDES = st.integers(256, 2048)


@pytest.mark.parametrize(
    ("wanted", "limits", "made"),
    [
        ((1024, 1024), SMALL, (1024, 1024)),
        ((1023, 777), SMALL, (1023, 777)),
        ((256, 256), SMALL, (512, 512)),
        ((256, 512), SMALL, (512, 1024)),
        ((512, 512), LARGE, (960, 960)),
        ((256, 2048), SMALL, (512, 2048)),
    ],
)
def test_sizes_grow_to_what_the_model_makes(
    wanted: tuple[int, int], limits: Media, made: tuple[int, int]
):
    assert fit_size(*wanted, limits) == made


@given(SIDES, SIDES, st.sampled_from([SMALL, LARGE]))
def test_a_made_size_is_within_the_limits(width: int, height: int, limits: Media):
    sides = fit_size(width, height, limits)

    assert all(limits.sides[0] <= side <= limits.sides[1] for side in sides)
    assert limits.pixels[0] <= sides[0] * sides[1] <= limits.pixels[1]


@pytest.mark.parametrize(
    ("name", "units", "micro"),
    [
        ("doubao-seedream-3.0-t2i", 1, 259_000),
        ("doubao-seedream-3.0-t2i", 4, 1_036_000),
        ("doubao-seedance-1.0-pro", 5, 1_633_500),
        ("doubao-seedance-2.0", 5, 4_939_115),
        ("gpt-4o", 5, 0),
    ],
)
def test_pictures_and_seconds_have_a_price(name: str, units: int, micro: int):
    model = find_model(name)

    assert model is not None
    assert media_cost_micro(model, units, "CNY") == micro
