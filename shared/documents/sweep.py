"""Documents whose time is over are ended by housekeeping, whoever died on the way."""

from datetime import datetime

from shared.core.sweep import sweep
from shared.data.documents import Document, find_overdue_documents
from shared.documents.changes import fail_document, remove_document
from shared.documents.extraction.model import FailureCode

_AT_ONCE = 100


def end_expired_documents(now: datetime) -> int:
    """End what is overdue at `now`: processing fails with TIMEOUT, never uploaded is removed.

    Returns how many were ended, at most 100 a call; the rest is found by the next.

    Raises:
        SweepFailed: some could not be ended; all others are.
    """
    return sweep(find_overdue_documents(now, _AT_ONCE), _end, _named)


def _end(document: Document) -> bool:
    if document.status == "uploading":
        removed = remove_document(
            document.owner_id, document.id, only_if=lambda current: current.status == "uploading"
        )
        return removed is not None
    return fail_document(document, FailureCode.TIMEOUT.value) is not None


def _named(document: Document) -> dict[str, str]:
    return {"document_id": document.id}
