"""Pictures a task starts from: fetched, made plain, kept with the task's own files.

A provider is given a short-lived link to our copy. A link that cannot be reached from here is
handed on as it is: the provider's network may reach it, and it tells if it cannot.
"""

import asyncio
from collections.abc import Sequence

from shared.aws.storage import ObjectMissing
from shared.core.observability import get_logger
from shared.core.threads import in_thread
from shared.data.tasks import Task
from shared.media.plain import UnusablePicture, plain_jpeg
from shared.messaging.webhooks.addresses import UnsafeAddress
from shared.tasks.port import CannotPrepare
from shared.tasks.results import result_prefix
from shared.tasks.settings import files
from shared.tasks.uploads import LARGEST_PICTURE, is_upload, read_upload

_FETCH_SECONDS = 8.0


async def bring_pictures(task: Task, sources: Sequence[str]) -> None:
    """Put the pictures with the task; what is there already stays as it is.

    Args:
        sources: ids of uploads, or https links.

    Raises:
        CannotPrepare: one is of no use.
    """
    there = await in_thread(kept_pictures, task)
    missing = [number for number in range(len(sources)) if number not in there]
    fetched = await asyncio.gather(*(_read(task.owner_id, sources[number]) for number in missing))
    for number, content in zip(missing, fetched, strict=True):
        if content is not None:  # one at a time: a decoded picture takes much memory
            await in_thread(_keep, task, number, content)


async def picture_links(task: Task, sources: Sequence[str]) -> tuple[str, ...]:
    """What the provider reads each picture by: our copy for 15 minutes, or the caller's link."""
    there = await in_thread(kept_pictures, task)
    return tuple(
        files().view_link(there[number]) if number in there else source
        for number, source in enumerate(sources)
    )


def kept_pictures(task: Task) -> dict[int, str]:
    """The keys of the copies, by the number of the picture."""
    prefix = _prefix(task)
    found = {key.removeprefix(prefix): key for key in files().keys(prefix)}
    return {int(name.partition(".")[0]): key for name, key in found.items()}


def keep_picture(task: Task, number: int, content: bytes, suffix: str, content_type: str) -> None:
    """Put a copy with the task."""
    files().put(f"{_prefix(task)}{number}.{suffix}", content, content_type)


def _prefix(task: Task) -> str:
    return f"{result_prefix(task.owner_id, task.id)}input/"


async def _read(owner_id: str, source: str) -> bytes | None:
    """The file; None for a link that cannot be reached from here."""
    if not is_upload(source):
        return await _fetch(source)
    try:
        return await in_thread(read_upload, owner_id, source)
    except ObjectMissing as error:
        raise CannotPrepare("not_uploaded") from error


async def _fetch(url: str) -> bytes | None:
    import httpx  # the API fetches nothing, and starts without it

    from shared.messaging.webhooks.outbound import Outbound, TooLarge

    try:
        async with asyncio.timeout(_FETCH_SECONDS):
            return await Outbound.from_env().read(
                url, most_bytes=LARGEST_PICTURE, timeout_s=_FETCH_SECONDS
            )
    except UnsafeAddress as error:
        if error.reason != "unknown_host":
            raise CannotPrepare("not_public") from error
        failed: Exception = error
    except TooLarge as error:
        raise CannotPrepare("too_large") from error
    except (httpx.HTTPError, TimeoutError) as error:
        failed = error
    get_logger().info("picture not reached", extra={"error": type(failed).__name__})
    return None


def _keep(task: Task, number: int, content: bytes) -> None:
    try:
        plain = plain_jpeg(content)
    except UnusablePicture as error:
        raise CannotPrepare(error.reason) from error
    keep_picture(task, number, plain, "jpg", "image/jpeg")
