"""What a learning job does: its parts, each of them, and the whole out of the parts."""

from collections.abc import Mapping, Sequence
from typing import Any, Protocol

from shared.data.jobs import Part
from shared.data.tasks import Task
from shared.learning.analysing import Analysing
from shared.learning.batches import Batches
from shared.learning.syllabi import Syllabi


class JobWork(Protocol):
    """One type of job. Each step can be repeated, and run twice at once."""

    def count(self, asked: Mapping[str, Any]) -> int:
        """Of how many parts the job is."""
        ...

    async def work(self, task: Task, number: int) -> Mapping[str, Any]:
        """A part, counted from 0, as plain JSON.

        Raises:
            PartFailed: no later try helps.
            ModelUnavailable: a later try may.
        """
        ...

    async def merge(self, task: Task, parts: Sequence[Part]) -> Mapping[str, Any]:
        """The job's result; some of its parts may have failed, but not all."""
        ...


_WORK: dict[str, JobWork] = {
    "analysis": Analysing(),
    "questions": Batches(),
    "syllabus": Syllabi(),
}


def work_of(task: Task) -> JobWork:
    """What that task's job does."""
    return _WORK[task.type]
