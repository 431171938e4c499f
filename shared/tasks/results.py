"""Files a provider made, copied into our bucket: its links die, ours are made at read time."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from shared.core.threads import in_thread
from shared.data.tasks import Task
from shared.media.formats import read_format
from shared.tasks.port import CannotCollect
from shared.tasks.settings import files

LARGEST_BYTES = 200 * 1024 * 1024
_SECONDS = 60.0
_RESULTS = "results/"


@dataclass(frozen=True, slots=True)
class ResultFile:
    """A file in the bucket; `width` and `height` are 0 where its kind does not tell them."""

    key: str
    content_type: str
    width: int
    height: int


def result_prefix(owner_id: str, task_id: str) -> str:
    """What all files of a task begin with, those of failed attempts too."""
    return f"{_RESULTS}{owner_id}/{task_id}/"


async def copy_results(task: Task, urls: Sequence[str]) -> list[ResultFile]:
    """Copy what the links show, in order; a repeat writes the same objects again.

    Raises:
        CannotCollect: a link is dead, its server fails, or it shows no picture or video.
    """
    return [await _copy(task, number, url) for number, url in enumerate(urls)]


def to_links(value: Any) -> Any:
    """A stored result with a link that lives 15 minutes in the place of each file."""
    if isinstance(value, dict) and set(value) == {"file"}:
        return files().view_link(value["file"])
    if isinstance(value, dict):
        return {name: to_links(each) for name, each in value.items()}
    if isinstance(value, list):
        return [to_links(each) for each in value]
    return value


def delete_files(owner_id: str, task_id: str) -> None:
    """Remove all files of a task; it can be repeated."""
    _delete_under(result_prefix(owner_id, task_id))


def delete_files_of(owner_id: str) -> None:
    """Remove all files of an owner's tasks; it can be repeated."""
    _delete_under(f"{_RESULTS}{owner_id}/")


def _delete_under(prefix: str) -> None:
    bucket = files()
    bucket.delete(list(bucket.keys(prefix)))


async def _copy(task: Task, number: int, url: str) -> ResultFile:
    content = await _download(url)
    found = read_format(content)
    if found is None:
        raise CannotCollect("not a picture or video")
    key = f"{result_prefix(task.owner_id, task.id)}{task.attempt}/{number}.{found.suffix}"
    await in_thread(files().put, key, content, found.content_type)
    return ResultFile(key, found.content_type, found.width, found.height)


async def _download(url: str) -> bytes:
    import httpx  # the API only shows links, and starts without it

    from shared.ai.http_client import http_client

    content = bytearray()
    try:
        async with http_client().stream("GET", url, timeout=_SECONDS) as answer:
            answer.raise_for_status()
            async for piece in answer.aiter_bytes():
                content += piece
                if len(content) > LARGEST_BYTES:
                    raise CannotCollect("larger than 200 MB")
    except (httpx.HTTPError, httpx.InvalidURL) as error:
        # The link is signed, so its text stays out of the log.
        raise CannotCollect(f"result not readable: {type(error).__name__}") from error
    return bytes(content)
