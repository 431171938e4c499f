"""Which queues there are."""

from pydantic import BaseModel, ConfigDict, Json

from shared.core.settings import Settings


class Queue(BaseModel):
    """A queue with its dead letters; one without `url` is only where its source gives up."""

    model_config = ConfigDict(frozen=True)

    name: str
    url: str | None = None
    dead_letters_url: str


class QueuesSettings(Settings):
    """QUEUES is a JSON list of queues, in the order they are shown in."""

    queues: Json[tuple[Queue, ...]]
