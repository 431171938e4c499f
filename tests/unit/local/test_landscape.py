"""Drawn pictures: the same for the same words, the words readable in Chinese and English."""

import pytest
from PIL import Image

from infra.local.simulators.media.caption import font_of, with_caption, wrapped
from infra.local.simulators.media.landscape import Scene, draw

CAT = Scene("一只戴草帽的橘猫", 320, 240, seed=3)


def test_the_same_scene_gives_the_same_picture_and_another_seed_another():
    other = Scene(CAT.prompt, 320, 240, seed=4)

    assert draw(CAT).tobytes() == draw(CAT).tobytes() != draw(other).tobytes()


@pytest.mark.parametrize("size", [(256, 256), (256, 2048), (2048, 256), (1024, 768)])
def test_pictures_have_the_size_asked_for(size: tuple[int, int]):
    assert with_caption(draw(Scene("云海", *size)), "云海", "model").size == size


@pytest.mark.parametrize("prompt", ["海边的日落", "雨夜 neon", "春天", ""])
def test_a_picture_is_worth_looking_at(prompt: str):
    colours = draw(Scene(prompt, 320, 240)).getcolors(1 << 20)

    assert len(colours or ()) > 500


def test_a_night_is_darker_than_a_sunset():
    sunset, night = (draw(Scene(each, 160, 120)).convert("L") for each in ("日落", "深夜"))

    assert mean(sunset) > mean(night)


def mean(grey: Image.Image) -> float:
    histogram = grey.histogram()
    return sum(value * count for value, count in enumerate(histogram)) / sum(histogram)


def white_below(picture: Image.Image) -> int:
    """Pixels as white as the prompt's letters, where the caption stands."""
    below = picture.crop((0, picture.height * 3 // 4, picture.width, picture.height))
    return below.convert("L").histogram()[255]


def test_the_prompt_is_written_into_the_picture():
    assert white_below(with_caption(draw(CAT), CAT.prompt, "")) > 50
    assert white_below(with_caption(draw(CAT), "", "")) == 0


@pytest.mark.parametrize("sign", "猫草帽橘龘，。！aZ9é")
def test_the_font_has_the_sign(sign: str):
    missing = bytes(font_of(32).getmask("\U0010fffd"))

    assert bytes(font_of(32).getmask(sign)) != missing


def test_words_are_kept_whole_and_chinese_is_broken_anywhere():
    narrow = font_of(20)

    assert wrapped("watercolour painting of a cat", narrow, 170)[0].strip() == "watercolour"
    assert len(wrapped("一只戴草帽的橘猫坐在窗台上", narrow, 170)) == 2


def test_a_long_prompt_is_cut_with_an_ellipsis():
    lines = wrapped("山" * 2000, font_of(20), 200)

    assert len(lines) == 3
    assert lines[-1].endswith("…")
