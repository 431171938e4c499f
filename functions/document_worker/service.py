"""One message of the documents queue."""

from functions.document_worker.messages import (
    DocumentDeleted,
    DocumentUploaded,
    KnowledgeBaseDeleted,
    Work,
    parse_message,
)
from functions.document_worker.settings import WorkerSettings
from shared.core.observability import get_logger
from shared.data.documents import find_document
from shared.documents.changes import fail_document
from shared.documents.extraction.model import FailureCode
from shared.documents.knowledge import settle_documents
from shared.documents.processing import delete_objects, process_upload
from shared.messaging.consumer import GivenUp, Message, Runtime, seconds_left

MARGIN_MS = 30_000
"""A document is begun only with this much time left, and leaves a third of it unused."""

_RESERVE_SECONDS = 10


class OutOfTime(Exception):
    """The rest of the work is left to the message's next delivery."""


def handle_message(runtime: Runtime, message: Message) -> None:
    """Do the work of a message; an upload that fails for the last time ends its document.

    Raises:
        GivenUp: it did.
    """
    given_up = False
    for work in parse_message(message.body):
        try:
            _do(work, seconds_left(runtime, _RESERVE_SECONDS))
        except Exception:
            last = message.attempt >= WorkerSettings.from_env().document_receives
            if not (last and isinstance(work, DocumentUploaded)):
                raise
            get_logger().exception("gave up", extra={"document_id": work.document_id})
            _give_up(work)
            given_up = True
    if given_up:
        raise GivenUp


def _do(work: Work, seconds: float) -> None:
    match work:
        case DocumentUploaded():
            process_upload(work.owner_id, work.document_id, seconds_left=seconds)
        case DocumentDeleted():
            # A message that comes late or twice must not take the objects of a living document.
            if find_document(work.owner_id, work.document_id) is None:
                delete_objects(work.owner_id, work.document_id)
        case KnowledgeBaseDeleted():
            settled = settle_documents(
                work.owner_id, work.knowledge_base_id, work.documents, seconds=seconds
            )
            if not settled:
                raise OutOfTime


def _give_up(work: DocumentUploaded) -> None:
    document = find_document(work.owner_id, work.document_id)
    if document is not None:
        fail_document(document, FailureCode.INTERNAL.value)
