"""A given picture painted anew: soft areas, lines, the light of its prompt; and its movement."""

import io
import random

from PIL import Image, ImageChops, ImageColor, ImageEnhance, ImageFilter, ImageOps

from infra.local.simulators.media.landscape import Scene

_CANVAS = 560  # the side on which is painted; a brush on all pixels takes seconds
_LIGHTS = ("#f0b878", "#7fb6c9", "#d692a8", "#9cc08a", "#a394d6", "#e0c27a")
_ZOOM = 0.16


def paint(pictures: list[Image.Image], scene: Scene) -> Image.Image:
    """The first picture painted, the others framed upon it."""
    chance = random.Random(f"{scene.prompt}\n{scene.seed}")  # noqa: S311 - art, no secret
    size = (scene.width, scene.height)
    painted = _painted(ImageOps.fit(pictures[0], size), chance)
    for number, picture in enumerate(pictures[1:]):
        _hang(painted, picture, number, len(pictures) - 1)
    return painted


def move(picture: Image.Image, scene: Scene) -> Image.Image:
    """One frame of a slow way into the picture; `scene.phase` says how far."""
    part = 1 - _ZOOM * scene.phase
    scale = min(picture.width / scene.width, picture.height / scene.height) * part
    width, height = scene.width * scale, scene.height * scale
    left, top = (picture.width - width) / 2, (picture.height - height) * 0.4
    return picture.resize(
        (scene.width, scene.height),
        Image.Resampling.BICUBIC,
        box=(left, top, left + width, top + height),
    )


def read_picture(content: bytes) -> Image.Image:
    """A file in pixels.

    Raises:
        ValueError: it is no picture.
    """
    try:
        with Image.open(io.BytesIO(content)) as picture:
            return ImageOps.exif_transpose(picture).convert("RGB")
    except (OSError, SyntaxError) as error:
        raise ValueError("not a picture") from error


def _painted(picture: Image.Image, chance: random.Random) -> Image.Image:
    small = picture.copy()
    small.thumbnail((_CANVAS, _CANVAS))
    areas = small.filter(ImageFilter.MedianFilter(5)).filter(ImageFilter.ModeFilter(7))
    areas = ImageEnhance.Color(areas.filter(ImageFilter.SMOOTH_MORE)).enhance(1.35)
    light = Image.new("RGB", areas.size, ImageColor.getrgb(chance.choice(_LIGHTS)))
    areas = Image.blend(areas, ImageChops.soft_light(areas, light), 0.75)
    lines = ImageOps.invert(ImageOps.autocontrast(_edges(areas)))
    painted = ImageChops.multiply(areas, Image.merge("RGB", [lines] * 3))
    return painted.resize(picture.size, Image.Resampling.LANCZOS)


def _edges(picture: Image.Image) -> Image.Image:
    grey = picture.convert("L").filter(ImageFilter.GaussianBlur(1.2))
    edges = grey.filter(ImageFilter.FIND_EDGES)
    # The outermost pixels have no neighbours, so everything there is an edge.
    framed = Image.new("L", edges.size)
    framed.paste(edges.crop((2, 2, edges.width - 2, edges.height - 2)), (2, 2))
    return framed.point(lambda value: min(150, max(0, value - 14) * 3))


def _hang(painted: Image.Image, picture: Image.Image, number: int, count: int) -> None:
    side = min(painted.width // (count + 1), painted.height // 4)
    border = max(2, side // 24)
    framed = ImageOps.expand(ImageOps.fit(picture, (side, side)), border, "white")
    gap = (painted.width - count * framed.width) // (count + 1)
    painted.paste(framed, (gap + number * (framed.width + gap), border * 2))
