"""Uploaded pictures made plain, and what is refused by its head."""

import io

import pytest
from PIL import Image

from shared.media.plain import UnusablePicture, check_head, plain_jpeg
from tests.support.pictures import picture
from tests.support.tasks import png


def opened(content: bytes) -> Image.Image:
    found = Image.open(io.BytesIO(content))
    assert found.format == "JPEG"
    return found


@pytest.mark.parametrize("form", ["JPEG", "PNG", "WEBP"])
def test_every_type_becomes_a_jpeg_of_the_same_size(form: str) -> None:
    assert opened(plain_jpeg(picture(300, 200, form))).size == (300, 200)


@pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "RGBA", "I;16"])
def test_every_kind_of_pixel_is_taken(mode: str) -> None:
    held = io.BytesIO()
    Image.new(mode, (90, 80)).save(held, "PNG")
    assert opened(plain_jpeg(held.getvalue())).mode == "RGB"


def test_a_large_one_is_made_smaller_in_its_shape() -> None:
    assert opened(plain_jpeg(picture(6000, 3000, "JPEG"))).size == (2048, 1024)


def test_it_stands_upright_and_tells_nothing_of_its_owner() -> None:
    exif = Image.Exif()
    exif[0x0112] = 6  # turned by a quarter
    exif[0x010F] = "owner's phone"
    given = picture(300, 200, "JPEG", exif=exif)
    assert b"owner's phone" in given
    plain = plain_jpeg(given)
    assert opened(plain).size == (200, 300)
    assert b"owner's phone" not in plain
    assert not opened(plain).getexif()


def test_what_is_transparent_is_white() -> None:
    held = io.BytesIO()
    Image.new("RGBA", (100, 100), (0, 0, 0, 0)).save(held, "PNG")
    assert opened(plain_jpeg(held.getvalue())).getpixel((50, 50)) == (255, 255, 255)


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", "not_a_picture"),
        (b"<svg onload='alert(1)'/>", "not_a_picture"),
        (b"\0\0\0\x18ftypisom", "not_a_picture"),
        (b"GIF89a\x90\x01\x90\x01", "not_a_picture"),
        (b"\xff\xd8\xff\xe0", "not_a_picture"),
        (png(63, 400), "too_small"),
    ],
)
def test_what_is_no_usable_picture_is_refused_by_its_head(content: bytes, reason: str) -> None:
    with pytest.raises(UnusablePicture) as refused:
        check_head(content)
    assert refused.value.reason == reason


def test_a_small_file_of_very_many_pixels_is_not_decoded() -> None:
    head = png(100, 100)
    bomb = head[:16] + (60_000).to_bytes(4, "big") * 2 + head[24:]
    with pytest.raises(UnusablePicture) as refused:
        plain_jpeg(bomb)
    assert refused.value.reason == "too_many_pixels"


@pytest.mark.parametrize("form", ["JPEG", "PNG", "WEBP"])
def test_a_cut_file_is_refused(form: str) -> None:
    content = picture(400, 400, form)
    with pytest.raises(UnusablePicture) as refused:
        plain_jpeg(content[: len(content) // 2])
    assert refused.value.reason == "not_a_picture"
