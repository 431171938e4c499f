"""What comes through the documents queue."""

import json
from typing import Annotated, Any, Literal
from urllib.parse import unquote_plus

from pydantic import BaseModel, Field, TypeAdapter, ValidationError

from shared.documents.keys import parse_upload_key
from shared.documents.knowledge import Fate


class DocumentUploaded(BaseModel):
    """A file arrived under `uploads/`."""

    kind: Literal["document_uploaded"] = "document_uploaded"
    owner_id: str
    document_id: str


class DocumentDeleted(BaseModel):
    """A document is gone, its objects are to follow."""

    kind: Literal["document_deleted"]
    owner_id: str
    document_id: str


class KnowledgeBaseDeleted(BaseModel):
    """A knowledge base is gone, its documents are to be settled."""

    kind: Literal["knowledge_base_deleted"]
    owner_id: str
    knowledge_base_id: str
    documents: Fate


Work = DocumentUploaded | DocumentDeleted | KnowledgeBaseDeleted
_PROMISED: TypeAdapter[DocumentDeleted | KnowledgeBaseDeleted] = TypeAdapter(
    Annotated[DocumentDeleted | KnowledgeBaseDeleted, Field(discriminator="kind")]
)


class UnknownMessage(ValueError):
    """A message that nobody here sends: it goes to the dead letters, where an alarm sees it."""


def parse_message(body: str) -> list[Work]:
    """The work in a message: several uploads, one promise, or nothing (S3's test event).

    Raises UnknownMessage.
    """
    try:
        message: dict[str, Any] = json.loads(body)
        if message.get("Event") == "s3:TestEvent":
            return []
        if "Records" in message:
            return [_upload(record) for record in message["Records"]]
        return [_PROMISED.validate_python(message)]
    except (ValueError, KeyError, AttributeError, TypeError, ValidationError) as error:
        raise UnknownMessage(type(error).__name__) from error


def _upload(record: dict[str, Any]) -> DocumentUploaded:
    # Keys in events are URL-encoded, spaces as plus signs (S3 event message structure).
    upload = parse_upload_key(unquote_plus(record["s3"]["object"]["key"]))
    if upload is None:
        raise UnknownMessage("no key of an upload")
    return DocumentUploaded(owner_id=upload.owner_id, document_id=upload.document_id)
