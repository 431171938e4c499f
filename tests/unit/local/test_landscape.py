"""Drawn pictures: the same for the same words, the words readable in Chinese and English."""

import io

import pytest
from PIL import Image

from infra.local.simulators.media.landscape import Scene, as_gif, as_jpeg, draw
from infra.local.simulators.media.landscape import _font as font
from infra.local.simulators.media.landscape import _wrapped as wrapped

CAT = Scene("一只戴草帽的橘猫", 320, 240, seed=3)


def test_the_same_scene_gives_the_same_file_and_another_seed_another():
    other = Scene(CAT.prompt, 320, 240, seed=4)

    assert as_jpeg(draw(CAT)) == as_jpeg(draw(CAT)) != as_jpeg(draw(other))


@pytest.mark.parametrize("size", [(256, 256), (256, 2048), (2048, 256), (1024, 768)])
def test_pictures_have_the_size_asked_for(size: tuple[int, int]):
    picture = Image.open(io.BytesIO(as_jpeg(draw(Scene("云海", *size)))))

    assert picture.size == size


def white_below(picture: Image.Image) -> int:
    """Pixels as white as the prompt's letters, where the caption stands."""
    below = picture.crop((0, picture.height * 3 // 4, picture.width, picture.height))
    return below.convert("L").histogram()[255]


def test_the_prompt_is_written_into_the_picture():
    assert white_below(draw(CAT)) > 50
    assert white_below(draw(Scene("", 320, 240, seed=3))) == 0


@pytest.mark.parametrize("sign", "猫草帽橘龘，。！aZ9é")
def test_the_font_has_the_sign(sign: str):
    missing = bytes(font(32).getmask("\U0010fffd"))

    assert bytes(font(32).getmask(sign)) != missing


def test_words_are_kept_whole_and_chinese_is_broken_anywhere():
    narrow = font(20)

    assert wrapped("watercolour painting of a cat", narrow, 170)[0].strip() == "watercolour"
    assert len(wrapped("一只戴草帽的橘猫坐在窗台上", narrow, 170)) == 2


def test_a_long_prompt_is_cut_with_an_ellipsis():
    lines = wrapped("山" * 2000, font(20), 200)

    assert len(lines) == 3
    assert lines[-1].endswith("…")


def test_the_moving_picture_moves():
    frames = [draw(Scene("海浪", 160, 90, seed=1, phase=index / 3)) for index in range(3)]

    clip = Image.open(io.BytesIO(as_gif(frames, 100)))

    assert (clip.format, getattr(clip, "n_frames", 1)) == ("GIF", 3)
