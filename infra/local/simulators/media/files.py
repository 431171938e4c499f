"""What a job makes: a picture of its words or of given ones; a video that starts from one."""

import io

from PIL import Image

from infra.local.simulators.media.caption import with_caption
from infra.local.simulators.media.jobs import Work
from infra.local.simulators.media.landscape import Scene, draw
from infra.local.simulators.media.movie import as_mp4
from infra.local.simulators.media.painting import move, paint, read_picture

_SERVICE_FPS = 24  # both services count a video's frames by it
_DRAWN_FPS = 8


def make_picture(work: Work, number: int) -> bytes:
    """The JPEG of a job's picture of that number."""
    scene = Scene(work.prompt, work.width, work.height, work.seed + number)
    originals = [read_picture(content) for content in work.originals]
    picture = paint(originals, scene) if originals else draw(scene)
    told = f"{work.model}  {work.width}×{work.height}  seed {scene.seed}"
    held = io.BytesIO()
    with_caption(picture, work.prompt, told).save(held, "JPEG", quality=90)
    return held.getvalue()


def make_video(work: Work) -> bytes:
    """The MP4 of a job: as long as was asked for, in fewer frames."""
    count = work.frames // _SERVICE_FPS * _DRAWN_FPS
    first = read_picture(work.originals[0]) if work.originals else None
    frames = [_frame(work, first, index / count) for index in range(count)]
    return as_mp4(frames, 1000 // _DRAWN_FPS)


def _frame(work: Work, first: Image.Image | None, phase: float) -> Image.Image:
    scene = Scene(work.prompt, work.width, work.height, work.seed, phase)
    picture = move(first, scene) if first else draw(scene)
    told = f"{work.model}  {work.width}×{work.height}  {work.frames // _SERVICE_FPS} s"
    return with_caption(picture, work.prompt, told)
