"""What a type of task is made of: the engine knows nothing else of it."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar, Protocol

from pydantic import BaseModel

from shared.data.credits import CreditKind
from shared.data.jobs import Queue
from shared.data.ledger_lines import Feature
from shared.data.tasks import Task
from shared.data.transaction import Transaction
from shared.media.port import JobState


@dataclass(frozen=True, slots=True)
class Price:
    """What a task may cost at most, in micro-units, and who will be asked to do it.

    `credits` of the type's kind are taken in place of money where the owner has bought them.
    A budget with less than `covering_micro` left refuses the task, though it is not held.
    """

    amount_micro: int
    version: str
    provider: str
    model: str
    credits: int = 0
    covering_micro: int = 0


@dataclass(frozen=True, slots=True)
class Collected:
    """What came of a task.

    `result` is plain JSON in which files are named by their key in the bucket (shared/tasks/
    results.py); `cost_micro` is what is charged, at most what was reserved.
    """

    result: Mapping[str, Any]
    cost_micro: int


class CannotCollect(Exception):
    """The results cannot be copied now (a dead link, a slow server); a later try may."""


class CannotPrepare(Exception):
    """What the task starts from is of no use, and no later try helps; `reason` is stable."""

    def __init__(self, reason: str) -> None:
        self.reason = reason
        super().__init__(reason)


class TaskType(Protocol):
    """One type of task, as far as everybody knows it who accepts, lists and shows tasks."""

    name: ClassVar[str]
    feature: ClassVar[Feature]
    # What packs of prepaid credits it is paid with, if there are such.
    credit: ClassVar[CreditKind | None]
    # Where it waits for its turn; None starts at once.
    queue: ClassVar[Queue | None]
    # What such a task takes, usually, in seconds: progress is told by it.
    usual_seconds: ClassVar[float]
    Input: ClassVar[type[BaseModel]]

    def validate(self, owner_id: str, given: BaseModel) -> dict[str, Any]:
        """The input as it is stored, in plain JSON; a job's has its `priority`.

        Raises:
            AppError: a field means something that is not there (a model, another task).
        """
        ...

    def price(self, stored: Mapping[str, Any]) -> Price:
        """The most it may cost, and the provider that will serve it.

        A job holds nothing, as each of its calls is held and paid for by itself; a budget must
        cover the first of them.
        """
        ...

    def write_beside(
        self, transaction: Transaction, task_id: str, stored: Mapping[str, Any]
    ) -> None:
        """Add what has to be written together with a new task of this input, if anything."""
        ...


class ProviderTaskType(TaskType, Protocol):
    """A type whose work is a job of a provider (functions/media_worker).

    Instances hold no state of a task, so one serves all. Provider failures are raised as
    `AIServiceError`; whatever else is raised is a fault of this program and ends the task as
    INTERNAL_ERROR.
    """

    async def prepare(self, task: Task) -> None:
        """Bring together what `submit` needs. It can be repeated, and run twice at once.

        Raises:
            CannotPrepare: what was given is of no use.
        """
        ...

    async def submit(self, task: Task) -> str:
        """Ask the provider for the work; returns its id of the job. Called once an attempt."""
        ...

    async def poll(self, task: Task) -> JobState:
        """Where the provider's job stands. It may be asked any number of times."""
        ...

    async def collect(self, task: Task, job: JobState) -> Collected:
        """Copy what the job made into our bucket. It can be repeated, and run twice at once.

        Raises:
            CannotCollect: not now.
        """
        ...
