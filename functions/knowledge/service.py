"""Knowledge bases of a caller."""

from functions.knowledge.errors import DefaultStays, KnowledgeBaseNotFound
from functions.knowledge.schemas import KnowledgeBaseChange, NewKnowledgeBase, Search
from shared.core import ids
from shared.data.knowledge_bases import (
    KnowledgeBase,
    default_id,
    find_knowledge_base,
    find_knowledge_bases,
    find_manifests,
    new_knowledge_base,
    store_default,
    store_knowledge_base,
    update_knowledge_base,
)
from shared.documents.knowledge import Fate, dissolve, settle_documents
from shared.http.paging import Page, PageRequest
from shared.retrieval.payer import Payer
from shared.retrieval.port import Passage, search_segments

# What is not settled within the request, the worker settles from the outbox.
_SETTLING_SECONDS = 8


def create_knowledge_base(owner_id: str, kb_id: str, body: NewKnowledgeBase) -> KnowledgeBase:
    """A new knowledge base; the same id again gives the one that is there."""
    wanted = new_knowledge_base(kb_id, owner_id, body.name, body.description)
    return store_knowledge_base(wanted)


def list_knowledge_bases(owner_id: str, wanted: PageRequest) -> Page[KnowledgeBase]:
    """One page, newest first; the default one is made by the first look."""
    found = find_knowledge_bases(owner_id)
    if not any(kb.is_default for kb in found):
        found.append(store_default(owner_id))
        found.sort(key=lambda kb: kb.id, reverse=True)
    return Page.cut(found, wanted)


def read_knowledge_base(owner_id: str, kb_id: str) -> KnowledgeBase:
    """The caller's knowledge base. Raises KnowledgeBaseNotFound."""
    found = find_knowledge_base(owner_id, kb_id) if ids.is_id("kb", kb_id) else None
    if found is None:
        raise KnowledgeBaseNotFound
    return found


def change_knowledge_base(owner_id: str, kb_id: str, body: KnowledgeBaseChange) -> KnowledgeBase:
    """Change name or description. Raises KnowledgeBaseNotFound."""
    if not ids.is_id("kb", kb_id):
        raise KnowledgeBaseNotFound
    changed = update_knowledge_base(owner_id, kb_id, name=body.name, description=body.description)
    if changed is None:
        raise KnowledgeBaseNotFound
    return changed


def remove_knowledge_base(owner_id: str, kb_id: str, fate: Fate) -> None:
    """Remove a knowledge base; its documents move to the default one, or go too.

    Raises DefaultStays, KnowledgeBaseNotFound.
    """
    if kb_id == default_id(owner_id):
        raise DefaultStays
    if not ids.is_id("kb", kb_id) or not dissolve(owner_id, kb_id, fate):
        raise KnowledgeBaseNotFound
    settle_documents(owner_id, kb_id, fate, seconds=_SETTLING_SECONDS)


async def search(owner_id: str, kb_id: str, body: Search) -> list[Passage]:
    """The best passages. Raises KnowledgeBaseNotFound."""
    manifests = find_manifests([kb_id]) if ids.is_id("kb", kb_id) else []
    if not manifests or manifests[0].owner_id != owner_id:
        raise KnowledgeBaseNotFound
    keys = list(manifests[0].segments.values())
    payer = Payer(owner_id, "document")
    return await search_segments(keys, body.query, body.top_k, payer=payer)
