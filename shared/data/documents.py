"""Documents of an owner: one item each, their number beside them.

Items of the documents table (docs/database-design.md):

    DOCS#<owner>   DOC#<id>   the document; in gsi1 under OPEN_DOCUMENTS while it has a deadline
    DOCS#<owner>   ~TOTAL     how many there are

Whoever asks knows the owner (the caller, the upload's key), so one item serves reading, listing
and working, and somebody else's id is not found by construction. `~` sorts after every id: one
newest-first query gives the total and then the documents.
"""

import struct
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal

from pynamodb.attributes import BinaryAttribute, NumberAttribute, UnicodeAttribute
from pynamodb.expressions.condition import Condition
from pynamodb.expressions.update import Action

from shared.core import clock
from shared.data.table import Gsi1, Item, TableMeta, TableOf, find
from shared.data.transaction import Transaction

Status = Literal["uploading", "processing", "completed", "failed"]
OPEN = "OPEN_DOCUMENTS"
PART = "document"
"""The name of the document's part in a transaction, for telling a failed condition."""

_TOTAL = "~TOTAL"


@dataclass(frozen=True, slots=True, kw_only=True)
class Document:
    """A document.

    `text_marks` are byte positions in its segment (shared/retrieval/indexing.py); `deadline` is
    when an unfinished one is ended; `file` is the key of its file, None while that lies only where
    a form still takes uploads; `revision` counts its changes; times are stored ISO texts.
    """

    id: str
    owner_id: str
    knowledge_base_id: str
    name: str
    description: str
    file_type: str
    file_size: int
    status: Status
    created_at: str
    deadline: str | None
    chunk_count: int = 0
    pages: int | None = None
    words: int = 0
    language: str | None = None
    error_code: str | None = None
    completed_at: str | None = None
    file: str | None = None
    segment: str | None = None
    text_marks: tuple[int, ...] = field(default=(), repr=False)
    revision: int = 1


@dataclass(frozen=True, slots=True)
class DocumentList:
    """A list, newest first, read as far as it is iterated; `total` covers all of it."""

    total: int
    documents: Iterator[Document]


class _DocumentItem(Item):
    """Total and documents in one class, since one query reads both."""

    class Meta(TableMeta):
        table_name = TableOf("DOCUMENTS_TABLE")

    gsi1 = Gsi1()
    total = NumberAttribute(null=True)
    knowledge_base_id = UnicodeAttribute(null=True)
    name = UnicodeAttribute(null=True)
    description = UnicodeAttribute(null=True)
    file_type = UnicodeAttribute(null=True)
    file_size = NumberAttribute(null=True)
    status = UnicodeAttribute(null=True)
    created_at = UnicodeAttribute(null=True)
    chunk_count = NumberAttribute(null=True)
    pages = NumberAttribute(null=True)
    words = NumberAttribute(null=True)
    language = UnicodeAttribute(null=True)
    error_code = UnicodeAttribute(null=True)
    completed_at = UnicodeAttribute(null=True)
    file = UnicodeAttribute(null=True)
    segment = UnicodeAttribute(null=True)
    text_marks = BinaryAttribute(null=True, legacy_encoding=False)
    revision = NumberAttribute(null=True)


def find_document(owner_id: str, document_id: str) -> Document | None:
    """An owner's document: one consistent GetItem."""
    item = find(_DocumentItem, _owner_key(owner_id), _key(document_id))
    return _to_document(item) if item else None


def find_documents(owner_id: str, at_most: int | None = None) -> DocumentList:
    """An owner's documents, strongly consistent; `at_most` is how many will be read, if known."""
    rows = _DocumentItem.query(
        _owner_key(owner_id),
        consistent_read=True,
        scan_index_forward=False,
        page_size=at_most and at_most + 1,
    )
    first = next(rows, None)
    if first is None or first.sk != _TOTAL:  # the total exists as soon as one document does
        return DocumentList(0, iter(()))
    return DocumentList(int(first.total or 0), (_to_document(row) for row in rows))


def find_overdue_documents(now: datetime, limit: int) -> list[Document]:
    """Unfinished documents whose deadline has passed, the oldest first."""
    rows = _DocumentItem.gsi1.query(OPEN, Gsi1.gsi1sk < clock.iso_ms(now), limit=limit)
    return [_to_document(item) for item in rows]


def store_document(transaction: Transaction, document: Document) -> None:
    """Add a document; the part `PART` fails where the id exists."""
    transaction.create(PART, _to_item(document))
    _count(transaction, document.owner_id, 1)


def update_document(transaction: Transaction, old: Document, new: Document) -> None:
    """Put a document in the place of the one that was read; `PART` fails if that has changed.

    `new.revision` must be `old.revision + 1`.
    """
    transaction.save(PART, _to_item(new), _unchanged(old))


def delete_document(transaction: Transaction, document: Document) -> None:
    """Remove the document that was read; `PART` fails if it has changed."""
    item = _DocumentItem(_owner_key(document.owner_id), _key(document.id))
    transaction.delete(PART, item, _unchanged(document))
    _count(transaction, document.owner_id, -1)


def delete_total(owner_id: str) -> None:
    """Remove the counter of an owner whose documents are all gone."""
    _DocumentItem(_owner_key(owner_id), _TOTAL).delete()


def _unchanged(document: Document) -> Condition:
    return _DocumentItem.revision == document.revision


def _count(transaction: Transaction, owner_id: str, number: int) -> None:
    actions: list[Action] = [_DocumentItem.total.add(number)]
    transaction.update("total", _DocumentItem(_owner_key(owner_id), _TOTAL), actions)


def _owner_key(owner_id: str) -> str:
    return f"DOCS#{owner_id}"


def _key(document_id: str) -> str:
    return f"DOC#{document_id}"


_SAME_NAMED = (
    "knowledge_base_id", "name", "description", "file_type", "status", "created_at", "language",
    "error_code", "completed_at", "file", "segment",
)  # fmt: skip
_NUMBERS = ("file_size", "chunk_count", "words", "revision")


def _to_item(document: Document) -> _DocumentItem:
    values: dict[str, Any] = {name: getattr(document, name) for name in _SAME_NAMED + _NUMBERS}
    marks = document.text_marks
    item = _DocumentItem(
        _owner_key(document.owner_id),
        _key(document.id),
        pages=document.pages,
        text_marks=struct.pack(f"<{len(marks)}Q", *marks) if marks else None,
        **values,
    )
    if document.deadline:
        item.gsi1pk, item.gsi1sk = OPEN, f"{document.deadline}#{document.id}"
    return item


def _to_document(item: _DocumentItem) -> Document:
    values: dict[str, Any] = {name: getattr(item, name) for name in _SAME_NAMED}
    values |= {name: int(getattr(item, name) or 0) for name in _NUMBERS}
    marks = item.text_marks or b""
    return Document(
        id=item.sk.removeprefix("DOC#"),
        owner_id=item.pk.removeprefix("DOCS#"),
        deadline=item.gsi1sk.partition("#")[0] if item.gsi1sk else None,
        pages=int(item.pages) if item.pages is not None else None,
        text_marks=struct.unpack(f"<{len(marks) // 8}Q", marks),
        **values,
    )
