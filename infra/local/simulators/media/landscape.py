"""Pictures out of a prompt: a landscape of its own for each, with the prompt written below.

The same prompt and seed give the same picture, to the byte.
"""

import colorsys
import io
import math
import random
import re
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from PIL import Image, ImageChops, ImageDraw, ImageFilter, ImageFont

Colour = tuple[int, int, int]
_FONT = Path(__file__).parent / "fonts" / "NotoSansSC-Medium.woff2"
_PIECE = re.compile(r"[\u2e80-\uffef]|[^\s\u2e80-\uffef]{1,40}\s*|\s+")
_LAYERS = 5
_MOST_LINES = 3


@dataclass(frozen=True)
class Scene:
    """What is drawn; `phase` from 0 to 1 moves the sun and the clouds (frames of a video)."""

    prompt: str
    width: int
    height: int
    seed: int = 0
    phase: float = 0.0
    label: str = ""


def draw(scene: Scene) -> Image.Image:
    """The picture of a scene."""
    chance = random.Random(f"{scene.prompt}\n{scene.seed}")  # noqa: S311 - art, no secret
    hue = chance.random()
    size = (scene.width, scene.height)
    picture = _gradient(size, _shade(hue, 0.75, 0.30), _shade(hue + 0.12, 0.55, 0.98))
    picture = _with_stars(picture, chance)
    picture = _with_sun(picture, chance, _shade(hue + 0.45, 0.35, 1.0), scene.phase)
    picture = _with_clouds(picture, chance, scene.phase)
    for layer in range(_LAYERS):
        depth = layer / (_LAYERS - 1)
        colour = _shade(hue + 0.06 * depth, 0.45 + 0.3 * depth, 0.80 - 0.62 * depth)
        _draw_hills(picture, chance, colour, depth)
    return _with_caption(picture, scene)


def as_jpeg(picture: Image.Image) -> bytes:
    """The file of a picture."""
    held = io.BytesIO()
    picture.save(held, "JPEG", quality=90)
    return held.getvalue()


def as_gif(frames: list[Image.Image], frame_ms: int) -> bytes:
    """The file of a moving picture, played for ever."""
    held = io.BytesIO()
    first, *others = [frame.quantize(96, dither=Image.Dither.NONE) for frame in frames]
    first.save(held, "GIF", save_all=True, append_images=others, duration=frame_ms, loop=0)
    return held.getvalue()


def _shade(hue: float, saturation: float, value: float) -> Colour:
    red, green, blue = colorsys.hsv_to_rgb(hue % 1.0, saturation, value)
    return round(red * 255), round(green * 255), round(blue * 255)


def _gradient(size: tuple[int, int], top: Colour, bottom: Colour) -> Image.Image:
    mask = Image.linear_gradient("L").resize(size)
    return Image.composite(Image.new("RGB", size, bottom), Image.new("RGB", size, top), mask)


def _with_stars(picture: Image.Image, chance: random.Random) -> Image.Image:
    pen = ImageDraw.Draw(picture)
    for _ in range(70):
        x, y = chance.random() * picture.width, chance.random() ** 2 * picture.height * 0.5
        radius = chance.uniform(0.0006, 0.0018) * picture.width
        pen.ellipse((x - radius, y - radius, x + radius, y + radius), fill=(255, 255, 245))
    return picture


def _with_sun(
    picture: Image.Image, chance: random.Random, colour: Colour, phase: float
) -> Image.Image:
    side = min(picture.size)
    radius = side * chance.uniform(0.08, 0.13)
    x = picture.width * chance.uniform(0.25, 0.75)
    y = picture.height * (chance.uniform(0.24, 0.36) + 0.12 * phase)
    # The glow is drawn small and blown up: a wide blur of a large picture takes long.
    small = (max(1, picture.width // 8), max(1, picture.height // 8))
    glow = Image.new("RGB", small)
    around = [edge / 8 for edge in (x - radius, y - radius, x + radius, y + radius)]
    ImageDraw.Draw(glow).ellipse(around, fill=colour)
    glow = glow.filter(ImageFilter.GaussianBlur(radius / 7)).resize(picture.size)
    picture = ImageChops.screen(picture, glow)
    ImageDraw.Draw(picture).ellipse((x - radius, y - radius, x + radius, y + radius), fill=colour)
    return picture


def _with_clouds(picture: Image.Image, chance: random.Random, phase: float) -> Image.Image:
    small = (max(1, picture.width // 4), max(1, picture.height // 4))
    veil = Image.new("L", small)
    pen = ImageDraw.Draw(veil)
    for _ in range(14):
        x = (chance.random() + 0.1 * phase) % 1.0 * small[0]
        y = chance.uniform(0.12, 0.5) * small[1]
        long, high = chance.uniform(0.08, 0.22) * small[0], chance.uniform(0.008, 0.02) * small[1]
        pen.ellipse((x - long, y - high, x + long, y + high), fill=chance.randint(40, 110))
    veil = veil.filter(ImageFilter.GaussianBlur(small[0] / 120)).resize(picture.size)
    return Image.composite(Image.new("RGB", picture.size, (255, 255, 255)), picture, veil)


def _draw_hills(picture: Image.Image, chance: random.Random, colour: Colour, depth: float) -> None:
    base = picture.height * (0.50 + 0.32 * depth)
    waves = [
        (chance.uniform(0.6, 1.8) * 2**octave, chance.random() * math.tau, 0.08 / 1.9**octave)
        for octave in range(5)
    ]
    step = max(1, picture.width // 256)
    ridge = [
        (x, base - picture.height * _height(waves, x / picture.width))
        for x in range(0, picture.width + step, step)
    ]
    floor = [(picture.width + step, picture.height), (0, picture.height)]
    ImageDraw.Draw(picture).polygon([*ridge, *floor], fill=colour)


def _height(waves: list[tuple[float, float, float]], x: float) -> float:
    return sum(size * math.sin(x * pace * math.tau + start) for pace, start, size in waves)


def _with_caption(picture: Image.Image, scene: Scene) -> Image.Image:
    size = max(12, min(picture.size) // 26)
    font, small = _font(size), _font(max(10, size * 5 // 9))
    margin = size
    lines = _wrapped(scene.prompt, font, picture.width - 2 * margin)
    height = round(len(lines) * size * 1.45 + size * 2.2)
    veil = Image.new("RGB", (picture.width, height), (8, 10, 22))
    below = picture.crop((0, picture.height - height, picture.width, picture.height))
    picture.paste(Image.blend(below, veil, 0.55), (0, picture.height - height))
    pen = ImageDraw.Draw(picture)
    y = picture.height - height + size * 0.4
    for line in lines:
        pen.text((margin, y), line, font=font, fill=(255, 255, 255))
        y += size * 1.45
    told = f"{scene.label}  {picture.width}×{picture.height}  seed {scene.seed}"
    pen.text((margin, y + size * 0.2), told, font=small, fill=(205, 212, 228))
    return picture


def _wrapped(text: str, font: ImageFont.FreeTypeFont, width: int) -> list[str]:
    """Lines that fit: Chinese is broken anywhere, other words between them; the rest is cut."""
    lines = [""]
    for piece in _PIECE.findall(" ".join(text.split())):
        if lines[-1] and font.getlength(lines[-1] + piece.rstrip()) > width:
            if len(lines) == _MOST_LINES:
                return [*lines[:-1], lines[-1][:-1] + "…"]
            lines.append("")
        lines[-1] += piece
    return lines


@cache
def _font(size: int) -> ImageFont.FreeTypeFont:
    return ImageFont.truetype(_FONT, size)
