"""What the document worker needs to know of its queue."""

from shared.core.settings import Settings


class WorkerSettings(Settings):
    """DOCUMENT_RECEIVES is the queue's `maxReceiveCount`: the last attempt ends the document."""

    document_receives: int = 3
