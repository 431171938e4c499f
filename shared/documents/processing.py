"""From an uploaded file to a searchable document; safe to repeat, safe to kill at any step.

Everything written before the last transaction has a name that follows from its content and is
seen by nobody; that transaction makes it all visible, once, if the document still waits for it.
"""

import hashlib
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import chain
from pathlib import Path

from shared.aws.storage import ObjectMissing
from shared.core.observability import get_logger
from shared.data.documents import Document, find_document
from shared.documents.changes import begin_processing, end_processing, fail_document
from shared.documents.chunking import chunk_sections
from shared.documents.extraction.isolated import DEFAULT_SECONDS, extract_isolated
from shared.documents.extraction.model import (
    Extraction,
    ExtractionError,
    FailureCode,
)
from shared.documents.keys import (
    file_key,
    file_prefix,
    segment_key,
    segment_prefix,
    upload_key,
)
from shared.documents.settings import files
from shared.retrieval.indexing import BuiltSegment, Passage, build_segment
from shared.retrieval.payer import Payer

_LEAST_SECONDS = 5
# Download, indexing and writing come out of the same time as extraction.
_SHARE_OF_EXTRACTION = 0.6
# Of what is left after extraction; indexing and writing need the rest.
_SHARE_OF_EMBEDDING = 0.5
# 2,000 pages have some 8,000 passages. The vectors of more would not fit into the worker's memory.
_MOST_EMBEDDED = 10_000


@dataclass(frozen=True, slots=True)
class _Indexed:
    extraction: Extraction
    chunk_count: int
    segment: BuiltSegment
    key: str
    file: str


def process_upload(owner_id: str, document_id: str, *, seconds_left: float) -> None:
    """Extract, cut, index and complete a document, or end it as failed.

    A document that is done is left as it is, with the file it was made from; of one that is gone
    the objects are removed.
    Raises what AWS raises: then nothing is visible and the same call may come again.
    """
    stored = find_document(owner_id, document_id)
    document = begin_processing(stored) if stored is not None else None
    if stored is None:
        delete_objects(owner_id, document_id)
    elif document is None:
        _empty_form(stored)
    if document is None:
        return
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "upload"
        try:
            size = files().download(upload_key(owner_id, document_id), str(path))
            indexed = _index(document, path, seconds_left)
        except ObjectMissing:
            _fail(document, FailureCode.INTERNAL, "the uploaded object is gone")
        except ExtractionError as error:
            _fail(document, error.code, error.reason, size=path.stat().st_size)
        else:
            _complete(document, indexed, size)


def delete_objects(owner_id: str, document_id: str) -> None:
    """Remove a document's files and all its segments."""
    storage = files()
    prefixes = (file_prefix(owner_id, document_id), segment_prefix(owner_id, document_id))
    made = chain.from_iterable(map(storage.keys, prefixes))
    storage.delete([upload_key(owner_id, document_id), *made])


def _index(document: Document, path: Path, seconds_left: float) -> _Indexed:
    deadline = time.monotonic() + seconds_left
    seconds = max(_LEAST_SECONDS, min(DEFAULT_SECONDS, int(seconds_left * _SHARE_OF_EXTRACTION)))
    extraction = extract_isolated(path, seconds=seconds)
    passages = [Passage(chunk.text, chunk.page) for chunk in chunk_sections(extraction.sections)]
    left = (deadline - time.monotonic()) * _SHARE_OF_EMBEDDING
    vectors = _embed(document, [passage.text for passage in passages], left)
    segment = build_segment(document.id, document.name, passages, vectors)
    key = segment_key(document.owner_id, document.id, segment.data)
    files().put(key, segment.data)
    return _Indexed(extraction, len(passages), segment, key, _keep_file(document, path))


def _keep_file(document: Document, path: Path) -> str:
    """Put the file that was read where no form reaches it; gives its key.

    A form is good for an hour and S3 takes any number of uploads with it, the later in the place
    of the earlier. Chunks and download are of the same bytes all the same (decision 0101).
    """
    if document.file is not None:
        return document.file
    with path.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()[:32]
    key = file_key(document.owner_id, document.id, digest)
    files().put_file(key, path)
    return key


def _empty_form(document: Document) -> None:
    """Remove what lies, or arrived again, where a form took the file that is kept elsewhere."""
    place = upload_key(document.owner_id, document.id)
    if document.file not in (None, place):
        files().delete([place])


def _embed(
    document: Document, texts: Sequence[str], seconds: float
) -> Sequence[Sequence[float]] | None:
    """Embeddings, paid by the owner; a document is complete without them too."""
    from shared.retrieval.embedding_costs import embed_paid_now

    if len(texts) > _MOST_EMBEDDED:
        extra = {"reason": "too_many_passages", "document_id": document.id}
        get_logger().warning("not embedded", extra=extra)
        return None
    return embed_paid_now(texts, Payer(document.owner_id, "document"), seconds=seconds)


def _complete(document: Document, indexed: _Indexed, size: int) -> None:
    metadata = indexed.extraction.metadata

    def completed(current: Document) -> Document:
        return replace(
            current,
            status="completed",
            file_type=indexed.extraction.file_type.value,
            file_size=size,
            chunk_count=indexed.chunk_count,
            pages=metadata.pages,
            words=metadata.words,
            language=metadata.language,
            file=indexed.file,
            segment=indexed.key,
            text_marks=tuple(indexed.segment.text_marks),
        )

    ended = end_processing(document, completed)
    if ended is None:
        _drop_unused(document, indexed)
    else:
        _empty_form(ended)


def _drop_unused(document: Document, indexed: _Indexed) -> None:
    """Another attempt or a deletion was faster: what only this attempt knows of goes away."""
    current = find_document(document.owner_id, document.id)
    if current is None:
        delete_objects(document.owner_id, document.id)
        return
    known = {current.segment, current.file, document.file}
    unused = [key for key in (indexed.key, indexed.file) if key not in known]
    files().delete(unused)


def _fail(document: Document, code: FailureCode, reason: str, size: int | None = None) -> None:
    get_logger().warning(
        "document failed", extra={"document_id": document.id, "code": code.value, "reason": reason}
    )
    fail_document(document, code.value, size=size)
