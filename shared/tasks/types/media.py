"""What the types have in common that are one job of one provider."""

from abc import ABC, abstractmethod
from collections.abc import Mapping
from typing import Any, ClassVar, Generic, Protocol, TypeVar

from pydantic import BaseModel

from shared.ai.errors import ModelNotAvailable
from shared.core.errors import InvalidRequest
from shared.core.text import Text
from shared.data.jobs import Queue
from shared.data.tasks import Task
from shared.data.transaction import Transaction
from shared.media.port import JobState
from shared.tasks.port import Price

J = TypeVar("J")
J_contra = TypeVar("J_contra", contravariant=True)


class Provider(Protocol[J_contra]):
    """An `ImageProvider` or a `VideoProvider`."""

    async def submit(self, job: J_contra) -> str: ...

    async def poll(self, provider_task_id: str) -> JobState: ...


class MediaTasks(ABC, Generic[J]):
    """A type says who does the work, what the job is, its price, and how results are shown."""

    queue: ClassVar[Queue | None] = None

    @abstractmethod
    def provider(self, model_id: str) -> Provider[J]:
        """Who works with that model. Raises ModelNotAvailable."""

    @abstractmethod
    async def job(self, task: Task) -> J:
        """What the provider is asked for."""

    @abstractmethod
    def price(self, stored: Mapping[str, Any]) -> Price:
        """See `ProviderTaskType`."""

    def validate(self, owner_id: str, given: BaseModel) -> dict[str, Any]:  # noqa: ARG002
        """The input as given, of a model that is configured here."""
        stored = given.model_dump(mode="json")
        try:
            self.provider(stored["model"])
        except ModelNotAvailable as error:
            refused = Text("模型不可用", "is not a configured model")
            raise InvalidRequest.of_field("model", refused) from error
        return stored

    def write_beside(
        self, transaction: Transaction, task_id: str, stored: Mapping[str, Any]
    ) -> None:
        """Nothing."""

    async def prepare(self, task: Task) -> None:
        """Nothing, unless the type says otherwise."""

    async def submit(self, task: Task) -> str:
        """See `ProviderTaskType`."""
        return await self.provider(task.model).submit(await self.job(task))

    async def poll(self, task: Task) -> JobState:
        """See `ProviderTaskType`."""
        return await self.provider(task.model).poll(task.provider_task_id or "")
