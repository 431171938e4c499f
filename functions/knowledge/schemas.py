"""What the knowledge bases API takes and gives (contract documents.md)."""

from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from shared.core import clock
from shared.data.knowledge_bases import KnowledgeBase
from shared.retrieval.port import Passage

Name = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=80)]
Description = Annotated[str, StringConstraints(max_length=500)]
Query = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=1_000)]


class NewKnowledgeBase(BaseModel):
    """Body of POST."""

    model_config = ConfigDict(extra="forbid")

    name: Name
    description: Description = ""


class KnowledgeBaseChange(BaseModel):
    """Body of PUT; what is absent stays."""

    model_config = ConfigDict(extra="forbid")

    name: Name | None = None
    description: Description | None = None


class Search(BaseModel):
    """Body of POST /:id/search."""

    model_config = ConfigDict(extra="forbid")

    query: Query
    top_k: Annotated[int, Field(strict=True, ge=1, le=50)] = 8


def knowledge_base_body(kb: KnowledgeBase) -> dict[str, Any]:
    """A knowledge base as clients see it."""
    return {
        "id": kb.id,
        "name": kb.name,
        "description": kb.description,
        "is_default": kb.is_default,
        "document_count": kb.document_count,
        "chunk_count": kb.chunk_count,
        "size": kb.size,
        "created_at": clock.to_wire(kb.created_at),
        "updated_at": clock.to_wire(kb.updated_at),
    }


def passage_body(passage: Passage) -> dict[str, Any]:
    """A hit: a source as in chat, with the whole text."""
    return {
        "document_id": passage.document_id,
        "document_name": passage.document_name,
        "chunk_id": passage.chunk_id,
        "page": passage.page,
        "score": passage.score,
        "snippet": passage.snippet,
        "text": passage.text,
    }
