"""The end of a knowledge base: its documents go with it or into the default one."""

import time
from typing import Literal

from shared.data.documents import Document, find_documents
from shared.data.knowledge_bases import (
    default_id,
    delete_knowledge_base,
    store_default,
)
from shared.data.outbox import promise
from shared.data.transaction import ConditionFailed, Transaction
from shared.documents.changes import move_document, remove_document

Fate = Literal["keep", "delete"]


def dissolve(owner_id: str, kb_id: str, fate: Fate) -> bool:
    """Remove a knowledge base and promise the settling of its documents; False if there is none."""
    transaction = Transaction()
    delete_knowledge_base(transaction, owner_id, kb_id, with_documents=fate == "delete")
    body = {
        "kind": "knowledge_base_deleted",
        "owner_id": owner_id,
        "knowledge_base_id": kb_id,
        "documents": fate,
    }
    promise(transaction, "DOCUMENTS_TABLE", "queue:documents", body)
    try:
        transaction.commit()
    except ConditionFailed:
        return False
    return True


def settle_documents(owner_id: str, kb_id: str, fate: Fate, *, seconds: float) -> bool:
    """Delete the documents of a removed knowledge base or move them; False when time ran out."""
    until = time.monotonic() + seconds
    left = [d for d in find_documents(owner_id).documents if d.knowledge_base_id == kb_id]
    if left and fate == "keep":
        store_default(owner_id)
    for document in left:
        if time.monotonic() > until:
            return False
        _settle(document, fate)
    return True


def _settle(document: Document, fate: Fate) -> None:
    kb_id = document.knowledge_base_id
    if fate == "keep":
        move_document(document, default_id(document.owner_id))
    else:
        remove_document(
            document.owner_id, document.id, only_if=lambda d: d.knowledge_base_id == kb_id
        )
