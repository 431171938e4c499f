"""The jobs of a simulator: accepted, queued, at work, ended; nothing runs, the clock decides."""

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Literal

from infra.local.simulators.media.control import Control

Stage = Literal["queued", "running", "done", "failed"]
_MOST_JOBS = 20_000


@dataclass(frozen=True, slots=True)
class Work:
    """What is to be made. Times in seconds, before the control's scale."""

    model: str
    prompt: str
    width: int
    height: int
    seed: int = 0
    frames: int = 0
    queue_s: float = 1.5
    work_s: float = 5.0


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

    def accept(self, work: Work, mode: str) -> Job:
        """Take a job in, and count it."""
        scale, now = self.control.scale, time.monotonic()
        starts = now + work.queue_s * scale
        ends = starts + work.work_s * scale
        job = Job(self.new_id(), work, mode, starts, ends, int(time.time()))
        self.held[job.id] = job
        self.control.seen["jobs"] += 1
        if len(self.held) > _MOST_JOBS:
            del self.held[next(iter(self.held))]
        return job

    def find(self, job_id: str) -> Job | None:
        return self.held.get(job_id)
