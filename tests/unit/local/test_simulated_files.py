"""Files that simulators make of given pictures: photos painted anew, videos that move."""

import base64
import io
from dataclasses import replace

import pytest
from PIL import Image

from infra.local.simulators.media.files import make_picture, make_video
from infra.local.simulators.media.jobs import Work
from infra.local.simulators.media.originals import read_originals
from shared.media.formats import read_format
from tests.support.pictures import picture

PHOTO = Work("jimeng_t2i_v40", "水彩", 512, 384, seed=1)
VIDEO = Work("seedance", "镜头推近", 160, 90, seed=1, frames=121)


def pixels(content: bytes) -> bytes:
    return Image.open(io.BytesIO(content)).tobytes()


def boxes(content: bytes) -> dict[bytes, bytes]:
    """The outermost boxes of an MP4 (ISO 14496-12)."""
    found, place = {}, 0
    while place < len(content):
        size = int.from_bytes(content[place : place + 4], "big")
        found[content[place + 4 : place + 8]] = content[place + 8 : place + size]
        place += size
    return found


def test_a_photo_shows_what_it_was_made_of() -> None:
    red, blue = (
        _file(Image.new("RGB", (600, 600), colour)) for colour in ((200, 20, 20), (20, 20, 200))
    )
    of_red, of_blue = (make_picture(replace(PHOTO, originals=(each,)), 0) for each in (red, blue))
    upper = [Image.open(io.BytesIO(each)).getpixel((256, 60)) for each in (of_red, of_blue)]
    assert upper[0][0] > upper[0][2]
    assert upper[1][2] > upper[1][0]
    assert Image.open(io.BytesIO(of_red)).size == (512, 384)


@pytest.mark.parametrize("count", [2, 6])
def test_every_picture_of_several_is_seen(count: int) -> None:
    given = picture(400, 300)
    alone = make_picture(replace(PHOTO, originals=(given,)), 0)
    assert pixels(make_picture(replace(PHOTO, originals=(given,) * count), 0)) != pixels(alone)


@pytest.mark.parametrize("originals", [(), (picture(640, 480),)])
def test_a_video_is_an_mp4_of_av1_as_long_as_was_asked_for(originals: tuple[bytes, ...]) -> None:
    content = make_video(replace(VIDEO, originals=originals))
    found = read_format(content)
    assert found is not None
    assert found.content_type == "video/mp4"
    outer = boxes(content)
    assert outer[b"ftyp"].startswith(b"isom")
    assert b"avif" not in outer[b"ftyp"]
    assert b"meta" not in outer
    movie = boxes(outer[b"moov"])
    per_second, length = (movie[b"mvhd"][20:24], movie[b"mvhd"][24:32])
    assert int.from_bytes(length, "big") / int.from_bytes(per_second, "big") == 5.0
    assert b"vide" in movie[b"trak"]
    assert b"pict" not in movie[b"trak"]
    assert b"av01" in movie[b"trak"]


async def test_pictures_are_taken_as_files_of_either_spelling_and_from_this_machine_only() -> None:
    text = base64.b64encode(picture()).decode()
    assert len(await read_originals([text, f"data:image/jpeg;base64,{text}"])) == 2
    assert await read_originals(["https://pictures.example/a.png", "http://10.0.0.1/a"]) == ()


@pytest.mark.parametrize("source", ["/9j/", "data:image/png;base64,!!", "aGVsbG8="])
async def test_what_is_no_picture_is_refused(source: str) -> None:
    with pytest.raises(ValueError, match=r"picture|base64|padding|Only"):
        await read_originals([source])


def _file(image: Image.Image) -> bytes:
    held = io.BytesIO()
    image.save(held, "JPEG")
    return held.getvalue()
