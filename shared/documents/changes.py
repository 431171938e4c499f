"""What happens to a document, each as one transaction with the counters it moves.

A change that meets another is judged again on what is stored now, a few times.
"""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from functools import partial

from shared.core import clock
from shared.data import knowledge_bases
from shared.data.changing import change_stored, until_written
from shared.data.documents import (
    PART,
    Document,
    delete_document,
    find_document,
    store_document,
    update_document,
)
from shared.data.knowledge_bases import Change, count_documents, default_id, store_default
from shared.data.outbox import promise
from shared.data.transaction import ConditionFailed, Transaction

PROCESSING_LIMIT = timedelta(minutes=13)
"""After this a document is overdue. Housekeeping comes every minute, so that it has ended within
the 15 minutes of the documents contract."""

UPLOADING_LIMIT = timedelta(hours=1)
"""A file that was never uploaded is removed after this (documents contract)."""

_KB_PART = knowledge_bases.PART


class KnowledgeBaseUnavailable(Exception):
    """A document cannot join the knowledge base: it does not exist or is full."""


def add_document(document: Document) -> Document:
    """Store a new document; a repeat under the same id gives the stored one.

    The default knowledge base is made when its first document comes. Raises
    KnowledgeBaseUnavailable.
    """

    def step() -> Document:
        transaction = Transaction()
        store_document(transaction, document)
        joined = Change(documents=1, size=document.file_size)
        kb_id = document.knowledge_base_id
        count_documents(transaction, document.owner_id, kb_id, joined, joins=True)
        try:
            transaction.commit()
        except ConditionFailed as error:
            stored = find_document(document.owner_id, document.id) if PART in error.names else None
            if stored is None:
                raise
            return stored
        return document

    return until_written(step, partial(_make_room, document))


def begin_processing(document: Document) -> Document | None:
    """From `uploading` to `processing`; None when the document is past both or gone."""

    def begun(current: Document) -> Document | None:
        if current.status == "processing":
            return current
        if current.status != "uploading":
            return None
        return replace(current, status="processing", deadline=deadline_after(PROCESSING_LIMIT))

    return _change(document, begun)


def end_processing(document: Document, outcome: Callable[[Document], Document]) -> Document | None:
    """Write the outcome of a document that is still in `processing`, once.

    `outcome` turns the stored document into the completed or failed one. None when somebody
    ended or deleted it meanwhile: then nothing was written.
    """

    def ended(current: Document) -> Document | None:
        if current.status != "processing":
            return None
        done = outcome(current)
        return replace(done, deadline=None, completed_at=clock.iso_ms(clock.now()))

    return _change(document, ended)


def fail_document(document: Document, code: str, *, size: int | None = None) -> Document | None:
    """End a document in `processing` as failed; `size` is the file's, where it was seen."""

    def failed(current: Document) -> Document:
        known = current.file_size if size is None else size
        return replace(current, status="failed", error_code=code, file_size=known)

    return end_processing(document, failed)


def move_document(document: Document, kb_id: str) -> Document | None:
    """Take a document over from a knowledge base that was deleted, with counts and segment."""

    def moved(current: Document) -> Document | None:
        return (
            None
            if current.knowledge_base_id == kb_id
            else replace(current, knowledge_base_id=kb_id)
        )

    return _change(document, moved)


def remove_document(
    owner_id: str, document_id: str, *, only_if: Callable[[Document], bool] = lambda _: True
) -> Document | None:
    """Delete a document and take it out of its index; its objects follow by the outbox.

    None when there is none, or `only_if` does not hold of what is stored.
    """
    counted = True

    def step() -> Document | None:
        document = find_document(owner_id, document_id)
        if document is None or not only_if(document):
            return None
        transaction = Transaction()
        delete_document(transaction, document)
        if counted:
            _leave(transaction, document)
        body = {"kind": "document_deleted", "owner_id": owner_id, "document_id": document_id}
        promise(transaction, "DOCUMENTS_TABLE", "queue:documents", body)
        transaction.commit()
        return document

    def met(failure: ConditionFailed) -> None:
        nonlocal counted
        counted = counted and _KB_PART not in failure.names

    return until_written(step, met)


def deadline_after(limit: timedelta) -> str:
    """The deadline of something that begins now."""
    return clock.iso_ms(clock.now() + limit)


def _change(document: Document, decide: Callable[[Document], Document | None]) -> Document | None:
    """Apply `decide` to the stored document until it is written; None where it gives None."""
    return change_stored(document, decide, _write, partial(_read_again, document))


def _read_again(document: Document, failure: ConditionFailed) -> Document | None:
    current = find_document(document.owner_id, document.id)
    if current is not None and _KB_PART in failure.names:
        return _rehome(current)
    return current


def _write(old: Document, new: Document) -> Document:
    new = replace(new, revision=old.revision + 1)
    transaction = Transaction()
    update_document(transaction, old, new)
    if new.knowledge_base_id == old.knowledge_base_id:
        change = Change(
            chunks=new.chunk_count - old.chunk_count, size=new.file_size - old.file_size
        )
        if change != Change() or new.segment != old.segment:
            count_documents(transaction, new.owner_id, new.knowledge_base_id, change)
    else:
        change = Change(documents=1, chunks=new.chunk_count, size=new.file_size)
        count_documents(transaction, new.owner_id, new.knowledge_base_id, change)
    if new.segment and (new.segment, new.knowledge_base_id) != (
        old.segment,
        old.knowledge_base_id,
    ):
        knowledge_bases.add_segment(transaction, new.knowledge_base_id, new.id, new.segment)
    transaction.commit()
    return new


def _leave(transaction: Transaction, document: Document) -> None:
    kb_id = document.knowledge_base_id
    joined = Change(documents=1, chunks=document.chunk_count, size=document.file_size)
    count_documents(transaction, document.owner_id, kb_id, -joined)
    if document.segment:
        knowledge_bases.remove_segment(transaction, kb_id, document.id)


def _make_room(document: Document, error: ConditionFailed) -> None:
    owner_id, kb_id = document.owner_id, document.knowledge_base_id
    existing = knowledge_bases.find_knowledge_base(owner_id, kb_id)
    if existing is None and kb_id == default_id(owner_id):
        store_default(owner_id)
    elif existing is None or existing.document_count >= knowledge_bases.MOST_DOCUMENTS:
        raise KnowledgeBaseUnavailable(kb_id) from error


def _rehome(document: Document) -> Document | None:
    """Of a document whose knowledge base was deleted while it was worked on: as of the others.

    It joins the default one, or is removed: then there is None.
    """
    kb_id = document.knowledge_base_id
    if knowledge_bases.went_with_documents(kb_id):
        remove_document(
            document.owner_id, document.id, only_if=lambda d: d.knowledge_base_id == kb_id
        )
        return None
    home = store_default(document.owner_id)
    if document.knowledge_base_id == home.id:
        return document
    return move_document(document, home.id)
