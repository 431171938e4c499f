"""What the types that make pictures have in common: the price, the result."""

from collections.abc import Mapping
from typing import Any

from shared.ai.catalog import price_version
from shared.ai.registry import registry
from shared.data.tasks import Task
from shared.ledger.settings import LedgerSettings
from shared.media.port import JobState
from shared.media.pricing import media_cost_micro
from shared.tasks.port import Collected, Price
from shared.tasks.results import copy_results
from shared.tasks.types.fields import sides


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
