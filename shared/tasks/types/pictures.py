"""What the types that make pictures have in common: sizes, prices, the result."""

import re
from collections.abc import Mapping
from typing import Annotated, Any

from pydantic import StringConstraints

from shared.ai.catalog import price_version
from shared.ai.errors import ModelNotAvailable
from shared.ai.registry import registry
from shared.core.errors import InvalidRequest
from shared.core.text import Text
from shared.data.tasks import Task
from shared.ledger.settings import LedgerSettings
from shared.media.port import JobState
from shared.media.pricing import media_cost_micro
from shared.media.registry import image_provider
from shared.tasks.port import Collected, Price
from shared.tasks.results import copy_results

LEAST_SIDE, MOST_SIDE = 256, 2048
_SIZE = re.compile(r"(\d{3,4})x(\d{3,4})")

Prompt = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=2000)]
ModelId = Annotated[str, StringConstraints(min_length=1, max_length=100)]


def checked_size(value: str) -> str:
    """`WxH`, each 256–2,048; a validator of pydantic."""
    found = _SIZE.fullmatch(value)
    if found is None or not all(LEAST_SIDE <= int(side) <= MOST_SIDE for side in found.groups()):
        raise ValueError(Text("应为 宽x高，各 256–2048", "must be WxH, each 256–2048"))
    return value


def sides(size: str) -> tuple[int, int]:
    """Width and height of a checked size."""
    width, _, height = size.partition("x")
    return int(width), int(height)


def check_image_model(model_id: str) -> None:
    """Refuse a model that is not configured here, or makes no pictures."""
    try:
        image_provider(model_id)
    except ModelNotAvailable as error:
        raise unknown_model() from error


def unknown_model() -> InvalidRequest:
    """The refusal of a model."""
    return InvalidRequest.of_field("model", Text("模型不可用", "is not a configured model"))


def media_price(model_id: str, units: int) -> Price:
    """What so many pictures, or seconds of video, cost with a configured model."""
    provider, model = registry().find(model_id)
    currency = LedgerSettings.from_env().currency
    amount = media_cost_micro(model, units, currency)
    return Price(amount, price_version(), provider.name, model_id)


async def collect_pictures(task: Task, job: JobState) -> Collected:
    """Copy the pictures; fewer than were asked for cost as many as came."""
    stored = await copy_results(task, job.urls)
    asked: int = task.input["n"]
    width, height = sides(task.input["size"])
    first = stored[0]
    seed = job.seed if job.seed is not None else task.input.get("seed")
    result: Mapping[str, Any] = {
        "image_url": {"file": first.key},
        "image_urls": [{"file": each.key} for each in stored],
        "width": first.width or width,
        "height": first.height or height,
        "seed": seed,
    }
    return Collected(result, task.price_micro * min(len(stored), asked) // asked)
