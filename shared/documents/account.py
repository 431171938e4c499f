"""Deletion of an account: its documents, then its knowledge bases, some at a time."""

from itertools import islice
from typing import Literal

from shared.data.documents import delete_total, find_documents
from shared.data.knowledge_bases import delete_knowledge_base, find_knowledge_bases
from shared.data.transaction import ConditionFailed, Transaction
from shared.documents.changes import remove_document
from shared.documents.processing import delete_objects

Kind = Literal["documents", "knowledge_bases"]


def delete_some(user_id: str, kind: Kind, limit: int = 25) -> bool:
    """Delete up to `limit` documents or knowledge bases of a user; True when none are left.

    Documents go with their files at once. Safe to repeat and to run twice side by side.
    """
    if kind == "documents":
        return _delete_documents(user_id, limit)
    return _delete_knowledge_bases(user_id, limit)


def _delete_documents(user_id: str, limit: int) -> bool:
    found = list(islice(find_documents(user_id, limit).documents, limit))
    for document in found:
        delete_objects(user_id, document.id)
        remove_document(user_id, document.id)
    if found:
        return False
    delete_total(user_id)
    return True


def _delete_knowledge_bases(user_id: str, limit: int) -> bool:
    found = find_knowledge_bases(user_id)
    for knowledge_base in found[:limit]:
        transaction = Transaction()
        delete_knowledge_base(transaction, user_id, knowledge_base.id)
        try:
            transaction.commit()
        except ConditionFailed:
            continue
    return len(found) <= limit
