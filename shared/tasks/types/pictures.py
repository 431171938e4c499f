"""What the types that make pictures have in common: the provider, the price, the result."""

from collections.abc import Mapping
from typing import Any, ClassVar

from shared.ai.catalog import price_version
from shared.ai.registry import registry
from shared.data.ledger_lines import Feature
from shared.data.tasks import Task
from shared.ledger.settings import LedgerSettings
from shared.media.port import ImageJob, ImageProvider, JobState
from shared.media.pricing import media_cost_micro
from shared.media.registry import image_provider
from shared.tasks.port import Collected, Price
from shared.tasks.results import copy_results
from shared.tasks.types.fields import sides
from shared.tasks.types.media import MediaTasks


def media_price(model_id: str, units: int) -> Price:
    """What so many pictures, or seconds of video, cost with a configured model."""
    provider, model = registry().find(model_id)
    currency = LedgerSettings.from_env().currency
    amount = media_cost_micro(model, units, currency)
    return Price(amount, price_version(), provider.name, model_id)


class PictureTasks(MediaTasks[ImageJob]):
    """A type whose result is one to four pictures, each at the model's price."""

    feature: ClassVar[Feature] = "image"

    def provider(self, model_id: str) -> ImageProvider:
        return image_provider(model_id)

    def price(self, stored: Mapping[str, Any]) -> Price:
        return media_price(stored["model"], stored["n"])

    async def collect(self, task: Task, job: JobState) -> Collected:
        """Copy the pictures; fewer than were asked for cost as many as came."""
        stored = await copy_results(task, job.urls)
        asked: int = task.input["n"]
        width, height = sides(task.input["size"])
        first = stored[0]
        result: Mapping[str, Any] = {
            "image_url": {"file": first.key},
            "image_urls": [{"file": each.key} for each in stored],
            "width": first.width or width,
            "height": first.height or height,
            "seed": job.seed if job.seed is not None else task.input.get("seed"),
        }
        return Collected(result, task.price_micro * min(len(stored), asked) // asked)
