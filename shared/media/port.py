"""The port of picture and video generation: what a service is asked, and what it answers.

Every failure is an `AIServiceError` (shared/ai/errors.py). A provider is got for one model from
shared/media/registry.py; retry, breaker and keys are already around it.
"""

from dataclasses import dataclass
from typing import Literal, Protocol

Status = Literal["running", "done", "failed"]
Quality = Literal["standard", "hd"]
Ratio = Literal["16:9", "9:16", "1:1"]


@dataclass(frozen=True, slots=True)
class ImageJob:
    """Pictures to make.

    Attributes:
        prompt: 1–2,000 characters.
        width, height: pixels; a service that cannot make them makes the nearest size it can, of
            the same shape, so the real size is the one of the file.
        n: pictures, each with a seed of its own.
        seed: 0–2³¹−1; None lets the service choose.
        style: free words put before the prompt, "" for none.
        images: what a photo starts from, each the bytes of a JPEG or PNG, or an https URL.
    """

    prompt: str
    width: int = 1024
    height: int = 1024
    n: int = 1
    seed: int | None = None
    quality: Quality = "standard"
    style: str = ""
    images: tuple[bytes | str, ...] = ()


@dataclass(frozen=True, slots=True)
class VideoJob:
    """A video that starts from a picture; `duration` in seconds (5 or 10)."""

    image_url: str
    prompt: str
    duration: int = 5
    ratio: Ratio = "16:9"
    seed: int | None = None


@dataclass(frozen=True, slots=True)
class JobState:
    """Where a job stands.

    Attributes:
        urls: of the results once done, in order; they die within an hour (videos) or a day.
            Fewer than were asked for when some failed: then `error_code` tells why, too.
        error_code: stable, of shared/ai/errors.py's reasons, e.g. `content_filtered`; "" if none.
        error_message: the service's own words, for the log.
        seed: the one used, where the service tells.
    """

    status: Status
    urls: tuple[str, ...] = ()
    error_code: str = ""
    error_message: str = ""
    seed: int | None = None


class ImageProvider(Protocol):
    """Makes pictures with one model.

    An id is opaque text (up to 8,000 characters), all that `poll` needs: any process can ask.
    A service that works at once (Ark) makes the pictures within `submit`; its id carries the
    result in itself, so that `poll` answers from the id alone, without a call.
    """

    @property
    def name(self) -> str: ...

    async def submit(self, job: ImageJob) -> str:
        """Start the job.

        Returns:
            The id to ask with.

        Raises:
            AIServiceError: it was not accepted; `retryable` tells whether a later try may be.
                After `ProviderTimeout` or `ProviderUnavailable` the job may run all the same.
        """
        ...

    async def poll(self, provider_task_id: str) -> JobState:
        """Where the job stands. A job that failed is a state; only a failed question raises."""
        ...


class VideoProvider(Protocol):
    """Makes videos with one model; ids and failures as with pictures."""

    @property
    def name(self) -> str: ...

    async def submit(self, job: VideoJob) -> str: ...

    async def poll(self, provider_task_id: str) -> JobState: ...
