"""The jobs of a simulator: accepted, queued, at work, ended; nothing runs, the clock decides."""

import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Literal

from infra.local.simulators.media.control import Control

Stage = Literal["queued", "running", "done", "failed"]
_MOST_JOBS = 20_000
_MOST_WITH_PICTURES = 100


@dataclass(frozen=True, slots=True)
class Work:
    """What is to be made, of which pictures. Times in seconds, before the control's scale."""

    model: str
    prompt: str
    width: int
    height: int
    seed: int = 0
    frames: int = 0
    queue_s: float = 1.5
    work_s: float = 5.0
    originals: tuple[bytes, ...] = field(default=(), repr=False)


@dataclass(frozen=True, slots=True)
class Job:
    """An accepted job and its fate; times on the monotonic clock."""

    id: str
    work: Work
    mode: str
    starts: float
    ends: float
    created: int

    def stage(self) -> Stage:
        """Where it stands now."""
        now = time.monotonic()
        if now < self.starts:
            return "queued"
        if now < self.ends or self.mode == "never":
            return "running"
        return "failed" if self.mode in ("failed", "filtered") else "done"


@dataclass(slots=True)
class Jobs:
    """All of them, the oldest forgotten first; `new_id` makes the service's kind of id."""

    control: Control
    new_id: Callable[[], str]
    held: dict[str, Job] = field(default_factory=dict)
    with_pictures: deque[str] = field(default_factory=deque)

    def accept(self, work: Work, mode: str) -> Job:
        """Take a job in, and count it."""
        scale, now = self.control.scale, time.monotonic()
        starts = now + work.queue_s * scale
        ends = starts + work.work_s * scale
        job = Job(self.new_id(), work, mode, starts, ends, int(time.time()))
        self.held[job.id] = job
        self.control.seen["jobs"] += 1
        if work.originals:
            self._remember_pictures_of(job)
        if len(self.held) > _MOST_JOBS:
            del self.held[next(iter(self.held))]
        return job

    def _remember_pictures_of(self, job: Job) -> None:
        """Those of the last hundred such jobs are kept; older jobs are drawn from their words."""
        self.with_pictures.append(job.id)
        if len(self.with_pictures) > _MOST_WITH_PICTURES:
            oldest = self.held.get(self.with_pictures.popleft())
            if oldest is not None:
                bare = replace(oldest.work, originals=())
                self.held[oldest.id] = replace(oldest, work=bare)

    def find(self, job_id: str) -> Job | None:
        return self.held.get(job_id)
