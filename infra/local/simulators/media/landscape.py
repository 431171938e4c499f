"""A landscape for each prompt, in the light that it speaks of; the same to the byte each time."""

import math
import random
from dataclasses import dataclass

from PIL import Image, ImageChops, ImageColor, ImageDraw, ImageFilter

Colour = tuple[int, int, int]
_LAYERS = 5
_SMOOTH = Image.Resampling.BILINEAR
_SUNSET = ("日落", "夕阳", "黄昏", "晚霞", "sunset", "dusk", "evening")
_NIGHT = ("夜", "月", "星", "night", "moon", "star", "neon", "霓虹")
_WATER = ("海", "湖", "江", "河", "水", "sea", "lake", "ocean", "river", "beach", "boat", "船")


@dataclass(frozen=True)
class Scene:
    """What is drawn; `phase` from 0 to 1 moves sun, clouds and birds (frames of a video)."""

    prompt: str
    width: int
    height: int
    seed: int = 0
    phase: float = 0.0


@dataclass(frozen=True)
class _Palette:
    top: str
    middle: str
    horizon: str
    light: str
    far: str
    near: str


_DUSK = (
    _Palette("#1b2a5a", "#8a5a8f", "#ffb27a", "#fff1c9", "#b98aa0", "#171a33"),
    _Palette("#40224f", "#b5476b", "#ffc070", "#fff0b8", "#c97a86", "#25122e"),
    _Palette("#6b2f2d", "#e07b4a", "#ffdf9e", "#fff6d0", "#d99a7c", "#2e1619"),
)
_DARKNESS = (
    _Palette("#071430", "#1f4670", "#7fb4c6", "#fdfbe6", "#6f99ae", "#081626"),
    _Palette("#1c1440", "#5a439a", "#e79fc6", "#ffe9f4", "#937fbd", "#150f30"),
)
_DAY = (
    _Palette("#3a6ea5", "#8fc1e3", "#fbe3c0", "#fffbe8", "#a9c3cf", "#24424a"),
    _Palette("#1d4f4b", "#5fa08f", "#f0e6b8", "#fffbe0", "#9dbfae", "#0f2b28"),
    _Palette("#5a7fb8", "#bcd3ea", "#ffe9da", "#ffffff", "#c4cfdd", "#34475c"),
)


def draw(scene: Scene) -> Image.Image:
    """The picture of a scene."""
    chance = random.Random(f"{scene.prompt}\n{scene.seed}")  # noqa: S311 - art, no secret
    palette = _palette(scene.prompt, chance)
    picture = _sky((scene.width, scene.height), palette)
    if palette in _DARKNESS or palette in _DUSK[:2]:
        _draw_stars(picture, chance)
    picture = _with_sun(picture, chance, _colour(palette.light), scene.phase)
    picture = _with_clouds(picture, chance, scene.phase)
    _draw_birds(picture, chance, _colour(palette.near), scene.phase)
    has_water = _speaks_of(scene.prompt, _WATER) or chance.random() < 0.3
    for layer in range(_LAYERS):
        depth = layer / (_LAYERS - 1)
        if has_water and layer == _LAYERS - 2:
            picture = _with_water(picture, palette)
        ridge = _draw_hills(picture, chance, palette, depth)
    _draw_pines(picture, chance, ridge, _colour(palette.near))
    return picture


def _palette(prompt: str, chance: random.Random) -> _Palette:
    if _speaks_of(prompt, _SUNSET):
        return chance.choice(_DUSK)
    if _speaks_of(prompt, _NIGHT):
        return chance.choice(_DARKNESS)
    return chance.choice(_DUSK + _DARKNESS + _DAY)


def _speaks_of(prompt: str, words: tuple[str, ...]) -> bool:
    return any(word in prompt.lower() for word in words)


def _colour(text: str) -> Colour:
    red, green, blue = ImageColor.getrgb(text)[:3]
    return red, green, blue


def _between(first: Colour, second: Colour, part: float) -> Colour:
    red, green, blue = (
        round(one + (other - one) * part) for one, other in zip(first, second, strict=True)
    )
    return red, green, blue


def _gradient(size: tuple[int, int], top: Colour, bottom: Colour) -> Image.Image:
    width, height = size
    column = Image.new("RGB", (1, 2), top)
    column.putpixel((0, 1), bottom)
    column = column.resize((1, height), _SMOOTH, box=(0, 0.5, 1, 1.5))
    return column.resize((width, height), Image.Resampling.NEAREST)


def _sky(size: tuple[int, int], palette: _Palette) -> Image.Image:
    width, height = size
    middle, low = round(height * 0.34), round(height * 0.62)
    sky = Image.new("RGB", size, _colour(palette.horizon))
    sky.paste(_gradient((width, middle), _colour(palette.top), _colour(palette.middle)))
    lower = _gradient((width, low - middle), _colour(palette.middle), _colour(palette.horizon))
    sky.paste(lower, (0, middle))
    return sky


def _draw_stars(picture: Image.Image, chance: random.Random) -> None:
    pen = ImageDraw.Draw(picture)
    for _ in range(70):
        x, y = chance.random() * picture.width, chance.random() ** 2 * picture.height * 0.4
        radius = chance.uniform(0.0006, 0.0016) * picture.width
        pen.ellipse((x - radius, y - radius, x + radius, y + radius), fill=(255, 255, 245))


def _with_sun(
    picture: Image.Image, chance: random.Random, colour: Colour, phase: float
) -> Image.Image:
    side = min(picture.size)
    radius = side * chance.uniform(0.06, 0.1)
    x = picture.width * chance.uniform(0.25, 0.75)
    y = picture.height * (chance.uniform(0.26, 0.36) + 0.12 * phase)
    # The glow is drawn small and blown up: a wide blur of a large picture takes long.
    small = (max(1, picture.width // 8), max(1, picture.height // 8))
    glow = Image.new("RGB", small)
    around = [edge / 8 for edge in (x - radius, y - radius, x + radius, y + radius)]
    ImageDraw.Draw(glow).ellipse(around, fill=colour)
    glow = glow.filter(ImageFilter.GaussianBlur(radius / 6)).resize(picture.size, _SMOOTH)
    picture = ImageChops.screen(picture, glow)
    ImageDraw.Draw(picture).ellipse((x - radius, y - radius, x + radius, y + radius), fill=colour)
    return picture


def _with_clouds(picture: Image.Image, chance: random.Random, phase: float) -> Image.Image:
    small = (max(1, picture.width // 4), max(1, picture.height // 4))
    veil = Image.new("L", small)
    pen = ImageDraw.Draw(veil)
    for _ in range(16):
        x = (chance.random() + 0.1 * phase) % 1.0 * small[0]
        y = chance.uniform(0.1, 0.45) * small[1]
        long, high = chance.uniform(0.08, 0.24) * small[0], chance.uniform(0.006, 0.016) * small[1]
        pen.ellipse((x - long, y - high, x + long, y + high), fill=chance.randint(30, 90))
    veil = veil.filter(ImageFilter.GaussianBlur(small[0] / 100)).resize(picture.size, _SMOOTH)
    return Image.composite(Image.new("RGB", picture.size, (255, 250, 244)), picture, veil)


def _draw_birds(picture: Image.Image, chance: random.Random, colour: Colour, phase: float) -> None:
    pen = ImageDraw.Draw(picture)
    x0, y0 = chance.uniform(0.1, 0.7), chance.uniform(0.16, 0.3)
    for _ in range(chance.randint(3, 6)):
        x = (x0 + chance.uniform(-0.06, 0.12) + 0.12 * phase) % 1.0 * picture.width
        y = (y0 + chance.uniform(-0.04, 0.04)) * picture.height
        wing = chance.uniform(0.008, 0.014) * picture.width
        lift = wing * (0.35 + 0.3 * math.sin(phase * 40 + x))
        wings = [(x - wing, y - lift), (x, y), (x + wing, y - lift)]
        pen.line(wings, fill=colour, width=max(1, picture.width // 400), joint="curve")


def _draw_hills(
    picture: Image.Image, chance: random.Random, palette: _Palette, depth: float
) -> list[tuple[float, float]]:
    """One range, misty at its foot; gives its ridge."""
    base = picture.height * (0.52 + 0.34 * depth)
    waves = [
        (chance.uniform(0.6, 1.8) * 2**octave, chance.random() * math.tau, 0.075 / 1.9**octave)
        for octave in range(5)
    ]
    step = max(1, picture.width // 128)
    ridge = [
        (float(x), base - picture.height * _height(waves, x / picture.width))
        for x in range(0, picture.width + step, step)
    ]
    mask = Image.new("L", picture.size)
    floor = [(picture.width + step, picture.height), (0, picture.height)]
    ImageDraw.Draw(mask).polygon([*ridge, *floor], fill=255)
    colour = _between(_colour(palette.far), _colour(palette.near), depth)
    mist = _between(colour, _colour(palette.horizon), 0.55 * (1 - depth))
    top = max(0, round(min(y for _, y in ridge)))
    slope = _gradient((picture.width, max(1, picture.height - top)), colour, mist)
    picture.paste(slope, (0, top), mask.crop((0, top, *picture.size)))
    return ridge


def _height(waves: list[tuple[float, float, float]], x: float) -> float:
    return sum(size * math.sin(x * pace * math.tau + start) for pace, start, size in waves)


def _with_water(picture: Image.Image, palette: _Palette) -> Image.Image:
    """What stands above the shore, mirrored below it."""
    shore = round(picture.height * 0.7)
    depth = picture.height - shore
    above = picture.crop((0, shore - depth, picture.width, shore))
    mirrored = above.transpose(Image.Transpose.FLIP_TOP_BOTTOM)
    mirrored = mirrored.filter(ImageFilter.BoxBlur(picture.width / 300))
    deep = Image.new("RGB", mirrored.size, _between(_colour(palette.top), (0, 0, 0), 0.2))
    picture.paste(Image.blend(mirrored, deep, 0.3), (0, shore))
    pen = ImageDraw.Draw(picture, "RGBA")
    for row in range(12):
        y = shore + depth * (row / 12) ** 1.5
        pen.line((0, y, picture.width, y), fill=(255, 255, 255, 26), width=1 + row // 5)
    return picture


def _draw_pines(
    picture: Image.Image,
    chance: random.Random,
    ridge: list[tuple[float, float]],
    colour: Colour,
) -> None:
    pen = ImageDraw.Draw(picture)
    darker = _between(colour, (0, 0, 0), 0.35)
    for _ in range(26):
        x, y = chance.choice(ridge)
        tall = chance.uniform(0.03, 0.1) * picture.height
        for part in range(4):
            top = y + tall * 0.08 - tall * (1 - part * 0.22)
            wide = tall * (0.09 + 0.07 * part)
            branch = [(x, top), (x - wide, top + tall * 0.36), (x + wide, top + tall * 0.36)]
            pen.polygon(branch, fill=darker)
