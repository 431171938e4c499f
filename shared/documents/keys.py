"""Where a document's objects are in the bucket, and the ids of its chunks."""

import hashlib
import re
from typing import NamedTuple

from shared.core import ids

_UPLOAD = re.compile(r"uploads/(?P<owner_id>user_[0-9A-Z]{26})/(?P<document_id>doc_[0-9A-Z]{26})")


class Upload(NamedTuple):
    """Whose upload, and of which document."""

    owner_id: str
    document_id: str


def upload_key(owner_id: str, document_id: str) -> str:
    """Where a file arrives; an object created here starts the worker."""
    return f"uploads/{owner_id}/{document_id}"


def parse_upload_key(key: str) -> Upload | None:
    """Whose document an object under `uploads/` is; None for a key that is none of ours."""
    found = _UPLOAD.fullmatch(key)
    if found is None or not ids.is_id("doc", found["document_id"]):
        return None
    return Upload(found["owner_id"], found["document_id"])


def file_prefix(owner_id: str, document_id: str) -> str:
    """What all files kept for a document begin with, those of lost attempts too."""
    return f"files/{owner_id}/{document_id}/"


def file_key(owner_id: str, document_id: str, digest: str) -> str:
    """The file with this digest, out of reach of the form it was uploaded with."""
    return f"{file_prefix(owner_id, document_id)}{digest}"


def segment_prefix(owner_id: str, document_id: str) -> str:
    """What all segments of a document begin with, those of lost attempts too."""
    return f"segments/{owner_id}/{document_id}/"


def segment_key(owner_id: str, document_id: str, data: bytes) -> str:
    """The segment with this content: an attempt repeated writes the same object again."""
    digest = hashlib.sha256(data).hexdigest()[:32]
    return f"{segment_prefix(owner_id, document_id)}{digest}"


def chunk_id(document_id: str, position: int) -> str:
    """The id of a chunk: by document and position, so that a repeat makes the same ones."""
    return f"chunk_{document_id.removeprefix('doc_')}_{position}"
