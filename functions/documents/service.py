"""Documents of a caller: upload, list, read, download, remove."""

import io
from dataclasses import dataclass
from itertools import islice
from pathlib import PurePath

from botocore.exceptions import BotoCoreError, ClientError

from functions.documents.errors import DocumentNotFound, NotUploaded, unknown_knowledge_base
from functions.documents.schemas import StatusFilter
from shared.aws.storage import ObjectMissing, UploadForm
from shared.core import clock, ids
from shared.data.documents import Document, Status, find_document, find_documents
from shared.data.knowledge_bases import default_id
from shared.documents.changes import (
    PROCESSING_LIMIT,
    UPLOADING_LIMIT,
    KnowledgeBaseUnavailable,
    add_document,
    deadline_after,
    remove_document,
)
from shared.documents.extraction.model import ExtractionError, FileType
from shared.documents.extraction.sniff import sniff
from shared.documents.keys import upload_key
from shared.documents.settings import files
from shared.documents.texts import ChunkText, read_chunks
from shared.http.paging import Page, PageRequest

_CONTENT_TYPES = {
    FileType.PDF: "application/pdf",
    FileType.DOCX: "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    FileType.PPTX: "application/vnd.openxmlformats-officedocument.presentationml.presentation",
    FileType.XLSX: "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    FileType.CSV: "text/csv",
    FileType.MD: "text/markdown",
    FileType.TXT: "text/plain",
    FileType.HTML: "text/html",
}


@dataclass(frozen=True, slots=True)
class Draft:
    """What a caller says of a new document."""

    document_id: str
    owner_id: str
    name: str
    description: str
    knowledge_base_id: str | None


@dataclass(frozen=True, slots=True)
class DocumentFilter:
    """Which documents a list holds."""

    status: StatusFilter | None = None
    knowledge_base_id: str = ""
    search: str = ""

    @property
    def is_empty(self) -> bool:
        """Whether every document passes."""
        return not (self.status or self.knowledge_base_id or self.search)

    def matches(self, document: Document) -> bool:
        """Whether the document passes; letters of either case are the same."""
        if self.status and document.status != self.status:
            return False
        if self.knowledge_base_id and document.knowledge_base_id != self.knowledge_base_id:
            return False
        return self.search.casefold() in document.name.casefold()


def upload_document(draft: Draft, content: bytes) -> Document:
    """Store the document, then its file: the object's arrival starts the worker.

    Raises InvalidRequest for an unknown knowledge base.
    """
    document = _add(draft, _type_of(draft.name, content), len(content), "processing")
    try:
        files().put(upload_key(document.owner_id, document.id), content)
    except (ClientError, BotoCoreError):
        remove_document(document.owner_id, document.id)
        raise
    return document


def prepare_upload(draft: Draft, file_type: FileType, size: int) -> tuple[Document, UploadForm]:
    """A document that waits for its file, and the form S3 takes that file with."""
    document = _add(draft, file_type.value, size, "uploading")
    key = upload_key(document.owner_id, document.id)
    return document, files().upload_form(key, _CONTENT_TYPES[file_type], size)


def list_documents(
    owner_id: str, wanted_documents: DocumentFilter, wanted: PageRequest
) -> Page[Document]:
    """One page. Without a filter only the page's part of the list is read.

    A filter reads the whole list, a query for each megabyte (some 2,000 documents): its total
    cannot be kept as a counter.
    """
    at_most = wanted.end if wanted_documents.is_empty else None
    found = find_documents(owner_id, at_most)
    if wanted_documents.is_empty:
        items = list(islice(found.documents, wanted.start, wanted.end))
        return Page.of(items, found.total, wanted)
    return Page.cut([d for d in found.documents if wanted_documents.matches(d)], wanted)


def read_document(owner_id: str, document_id: str) -> Document:
    """The caller's document. Raises DocumentNotFound."""
    document = find_document(owner_id, document_id) if ids.is_id("doc", document_id) else None
    if document is None:
        raise DocumentNotFound
    return document


def list_chunks(owner_id: str, document_id: str, wanted: PageRequest) -> Page[ChunkText]:
    """A page of a document's chunks in reading order; none before it is completed."""
    document = read_document(owner_id, document_id)
    try:
        chunks = read_chunks(document, wanted.start, wanted.end)
    except ObjectMissing:
        raise DocumentNotFound from None
    return Page.of(chunks, document.chunk_count, wanted)


def download_link(owner_id: str, document_id: str) -> str:
    """A link to the file under the document's name. Raises NotUploaded."""
    document = read_document(owner_id, document_id)
    if document.status == "uploading":
        raise NotUploaded
    suffix = "" if PurePath(document.name).suffix else f".{document.file_type}"
    key = document.file or upload_key(owner_id, document_id)
    return files().download_link(key, f"{document.name}{suffix}")


def delete_document(owner_id: str, document_id: str) -> None:
    """Remove the document and its index entries now, its objects within moments."""
    if not ids.is_id("doc", document_id) or remove_document(owner_id, document_id) is None:
        raise DocumentNotFound


def _add(draft: Draft, file_type: str, size: int, status: Status) -> Document:
    limit = UPLOADING_LIMIT if status == "uploading" else PROCESSING_LIMIT
    document = Document(
        id=draft.document_id,
        owner_id=draft.owner_id,
        knowledge_base_id=draft.knowledge_base_id or default_id(draft.owner_id),
        name=draft.name,
        description=draft.description,
        file_type=file_type,
        file_size=size,
        status=status,
        created_at=clock.iso_ms(clock.now()),
        deadline=deadline_after(limit),
        file=upload_key(draft.owner_id, draft.document_id) if status == "processing" else None,
    )
    try:
        return add_document(document)
    except KnowledgeBaseUnavailable:
        raise unknown_knowledge_base() from None


def _type_of(name: str, content: bytes) -> str:
    """The type by the bytes; of bytes that no reader takes, what the name says, for display."""
    try:
        return sniff(io.BytesIO(content)).value
    except ExtractionError:
        return PurePath(name).suffix.lstrip(".").lower()[:10] or "unknown"
