"""Marks of deleted courses and assignments whose remains still have to go.

Items of the learning table (docs/database-design.md):

    DELETED#<id>   DELETED   in gsi1 under DELETED by the time; `course_id` says where it belonged
"""

from pynamodb.attributes import UnicodeAttribute

from shared.core import clock
from shared.data.table import Gsi1, Item, TableMeta, TableOf
from shared.data.transaction import Transaction

_DELETED = "DELETED"


class _Deleted(Item):
    class Meta(TableMeta):
        table_name = TableOf("LEARNING_TABLE")

    gsi1 = Gsi1()
    course_id = UnicodeAttribute()


def mark_deleted(transaction: Transaction, deleted_id: str, course_id: str) -> None:
    """Say, in the transaction that deletes a course or an assignment, that something is left."""
    moment = clock.iso_ms(clock.now())
    mark = _Deleted(f"{_DELETED}#{deleted_id}", _DELETED, course_id=course_id)
    mark.gsi1pk, mark.gsi1sk = _DELETED, f"{moment}#{deleted_id}"
    transaction.save("deleted", mark)


def find_deleted(limit: int) -> list[tuple[str, str]]:
    """What has remains, the oldest first: its id and the id of its course."""
    rows = _Deleted.gsi1.query(_DELETED, limit=limit)
    return [(row.pk.removeprefix(f"{_DELETED}#"), row.course_id) for row in rows]


def forget_deleted(deleted_id: str) -> None:
    """Nothing is left of it."""
    _Deleted(f"{_DELETED}#{deleted_id}", _DELETED).delete()
