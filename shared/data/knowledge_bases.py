"""Knowledge bases of an owner and their manifests.

Items of the documents table (docs/database-design.md):

    KBS#<owner>   KB#<id>     the knowledge base with its counters
    KB#<id>       MANIFEST    owner, and the index segment of each completed document
    KB#<id>       EMPTIED     the knowledge base was deleted with its documents (for a day)

The manifest is a map, so two documents that finish at once change different entries of it; its
conditional writes never have to be read first. One of 3,000 documents has about 300 KB.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from pynamodb.attributes import (
    BooleanAttribute,
    MapAttribute,
    NumberAttribute,
    UnicodeAttribute,
)
from pynamodb.exceptions import UpdateError
from pynamodb.expressions.operand import Path
from pynamodb.expressions.update import Action

from shared.core import clock
from shared.data.table import Item, TableMeta, TableOf, find
from shared.data.transaction import ConditionFailed, Transaction

MOST_DOCUMENTS = 3_000
"""Documents of one knowledge base; the manifest is one item of at most 400 KB."""

MANIFEST = "MANIFEST"
EMPTIED = "EMPTIED"
EMPTIED_SECONDS = 24 * 3600  # far longer than a document is worked on
DEFAULT_NAME = "默认知识库"
PART = "knowledge_base"
"""The name of the knowledge base's part in a transaction, for telling a failed condition."""


@dataclass(frozen=True, slots=True, kw_only=True)
class KnowledgeBase:
    """A knowledge base; `size` is the bytes of its files, times are stored ISO texts."""

    id: str
    owner_id: str
    name: str
    description: str
    is_default: bool
    document_count: int
    chunk_count: int
    size: int
    created_at: str
    updated_at: str


@dataclass(frozen=True, slots=True)
class Manifest:
    """The index of a knowledge base: segment keys by document id."""

    knowledge_base_id: str
    owner_id: str
    segments: dict[str, str]


@dataclass(frozen=True, slots=True)
class Change:
    """What a document's change adds to the counters of its knowledge base."""

    documents: int = 0
    chunks: int = 0
    size: int = 0

    def __neg__(self) -> "Change":
        return Change(-self.documents, -self.chunks, -self.size)


class _KnowledgeBaseItem(Item):
    class Meta(TableMeta):
        table_name = TableOf("DOCUMENTS_TABLE")

    name = UnicodeAttribute()
    description = UnicodeAttribute()
    is_default = BooleanAttribute(default=False)
    document_count = NumberAttribute(default=0)
    chunk_count = NumberAttribute(default=0)
    size = NumberAttribute(default=0)
    created_at = UnicodeAttribute()
    updated_at = UnicodeAttribute()


class _ManifestItem(Item):
    class Meta(TableMeta):
        table_name = TableOf("DOCUMENTS_TABLE")

    owner_id = UnicodeAttribute()
    segments: MapAttribute[str, str] = MapAttribute(default=dict)  # type: ignore[no-untyped-call]


class _EmptiedItem(Item):
    class Meta(TableMeta):
        table_name = TableOf("DOCUMENTS_TABLE")


def default_id(owner_id: str) -> str:
    """The id of an owner's default knowledge base: derived, so that there is exactly one."""
    return f"kb_{owner_id.partition('_')[2]}"


def new_knowledge_base(
    kb_id: str, owner_id: str, name: str, description: str = ""
) -> KnowledgeBase:
    """An empty knowledge base, of now."""
    moment = clock.iso_ms(clock.now())
    return KnowledgeBase(
        id=kb_id,
        owner_id=owner_id,
        name=name,
        description=description,
        is_default=kb_id == default_id(owner_id),
        document_count=0,
        chunk_count=0,
        size=0,
        created_at=moment,
        updated_at=moment,
    )


def find_knowledge_base(owner_id: str, kb_id: str) -> KnowledgeBase | None:
    """An owner's knowledge base: one consistent GetItem."""
    item = find(_KnowledgeBaseItem, _owner_key(owner_id), _key(kb_id))
    return _to_knowledge_base(item) if item else None


def find_knowledge_bases(owner_id: str) -> list[KnowledgeBase]:
    """An owner's knowledge bases, newest first: one Query for some 2,000 of them."""
    rows = _KnowledgeBaseItem.query(
        _owner_key(owner_id), scan_index_forward=False, consistent_read=True
    )
    return [_to_knowledge_base(item) for item in rows]


def find_existing(owner_id: str, ids: Iterable[str]) -> set[str]:
    """Those of the ids that are knowledge bases of the owner: one BatchGetItem for up to 100."""
    keys: list[Any] = [(_owner_key(owner_id), _key(kb_id)) for kb_id in dict.fromkeys(ids)]
    found = _KnowledgeBaseItem.batch_get(keys, consistent_read=True) if keys else ()
    return {item.sk.removeprefix("KB#") for item in found}


def store_knowledge_base(knowledge_base: KnowledgeBase) -> KnowledgeBase:
    """Add a knowledge base with an empty manifest; one that exists is left and given back."""
    kb = knowledge_base
    transaction = Transaction()
    item = _KnowledgeBaseItem(
        _owner_key(kb.owner_id),
        _key(kb.id),
        name=kb.name,
        description=kb.description,
        is_default=kb.is_default,
        created_at=kb.created_at,
        updated_at=kb.updated_at,
    )
    transaction.create(PART, item)
    transaction.create("manifest", _ManifestItem(_key(kb.id), MANIFEST, owner_id=kb.owner_id))
    try:
        transaction.commit()
    except ConditionFailed:
        return find_knowledge_base(kb.owner_id, kb.id) or kb
    return kb


def store_default(owner_id: str) -> KnowledgeBase:
    """The owner's default knowledge base, made where it is missing."""
    return store_knowledge_base(new_knowledge_base(default_id(owner_id), owner_id, DEFAULT_NAME))


def update_knowledge_base(
    owner_id: str, kb_id: str, *, name: str | None, description: str | None
) -> KnowledgeBase | None:
    """Change what is given; None when there is no such knowledge base. One UpdateItem."""
    item = _KnowledgeBaseItem(_owner_key(owner_id), _key(kb_id))
    actions: list[Action] = [_KnowledgeBaseItem.updated_at.set(clock.iso_ms(clock.now()))]
    if name is not None:
        actions.append(_KnowledgeBaseItem.name.set(name))
    if description is not None:
        actions.append(_KnowledgeBaseItem.description.set(description))
    try:
        item.update(actions, condition=_KnowledgeBaseItem.pk.exists())
    except UpdateError as error:
        if error.cause_response_code == "ConditionalCheckFailedException":
            return None
        raise
    return _to_knowledge_base(item)


def delete_knowledge_base(
    transaction: Transaction, owner_id: str, kb_id: str, *, with_documents: bool = False
) -> None:
    """Remove a knowledge base and its manifest; its part fails when there is none.

    `with_documents` is left as a note for whoever is still at work on one of them.
    """
    item = _KnowledgeBaseItem(_owner_key(owner_id), _key(kb_id))
    transaction.delete(PART, item, _KnowledgeBaseItem.pk.exists())
    transaction.delete("manifest", _ManifestItem(_key(kb_id), MANIFEST))
    if with_documents:
        ttl = int(clock.timestamp()) + EMPTIED_SECONDS
        transaction.save("emptied", _EmptiedItem(_key(kb_id), EMPTIED, ttl=ttl))


def went_with_documents(kb_id: str) -> bool:
    """Whether a knowledge base was deleted lately, and its documents with it: one GetItem."""
    return find(_EmptiedItem, _key(kb_id), EMPTIED) is not None


def count_documents(
    transaction: Transaction, owner_id: str, kb_id: str, change: Change, *, joins: bool = False
) -> None:
    """Add to the counters; the part `PART` fails when the knowledge base is gone or, if a
    document joins it, full."""
    item = _KnowledgeBaseItem(_owner_key(owner_id), _key(kb_id))
    actions: list[Action] = [
        attribute.add(number)
        for attribute, number in (
            (_KnowledgeBaseItem.document_count, change.documents),
            (_KnowledgeBaseItem.chunk_count, change.chunks),
            (_KnowledgeBaseItem.size, change.size),
        )
        if number
    ]
    condition = _KnowledgeBaseItem.pk.exists()
    if joins:
        condition = condition & (_KnowledgeBaseItem.document_count < MOST_DOCUMENTS)
    if actions:
        transaction.update(PART, item, actions, condition)
    else:
        transaction.check(PART, item, condition)


def add_segment(transaction: Transaction, kb_id: str, document_id: str, segment: str) -> None:
    """Put a document's segment into the manifest."""
    item = _ManifestItem(_key(kb_id), MANIFEST)
    action = Path(["segments", document_id]).set(segment)
    transaction.update("manifest", item, [action], _ManifestItem.pk.exists())


def remove_segment(transaction: Transaction, kb_id: str, document_id: str) -> None:
    """Take a document's segment out of the manifest."""
    item = _ManifestItem(_key(kb_id), MANIFEST)
    action = Path(["segments", document_id]).remove()
    transaction.update("removed_from", item, [action], _ManifestItem.pk.exists())


def find_manifests(kb_ids: Sequence[str]) -> list[Manifest]:
    """The manifests of these knowledge bases, those that exist: one consistent BatchGetItem."""
    keys: list[Any] = [(_key(kb_id), MANIFEST) for kb_id in dict.fromkeys(kb_ids)]
    found = _ManifestItem.batch_get(keys, consistent_read=True) if keys else ()
    return [
        Manifest(item.pk.removeprefix("KB#"), item.owner_id, dict(item.segments.attribute_values))
        for item in found
    ]


def _owner_key(owner_id: str) -> str:
    return f"KBS#{owner_id}"


def _key(kb_id: str) -> str:
    return f"KB#{kb_id}"


def _to_knowledge_base(item: _KnowledgeBaseItem) -> KnowledgeBase:
    return KnowledgeBase(
        id=item.sk.removeprefix("KB#"),
        owner_id=item.pk.removeprefix("KBS#"),
        name=item.name,
        description=item.description,
        is_default=bool(item.is_default),
        document_count=int(item.document_count),
        chunk_count=int(item.chunk_count),
        size=int(item.size),
        created_at=item.created_at,
        updated_at=item.updated_at,
    )
