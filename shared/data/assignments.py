"""Assignments: the whole one, its card in the course's list, and the gate of its submissions.

Items of the learning table (docs/database-design.md):

    ASG#<id>          ASG          the assignment with its questions
    ASG#<id>          ~TOTAL       the gate: how many were submitted, and the revision they answer
    COURSE#<course>   ASG#<id>     the card: the assignment without its questions

A submission is counted at the gate and not in the assignment, which may be large: what a write
costs is the size of the item. The gate fails a submission that answers questions which were
changed meanwhile, and a change of questions that somebody has answered meanwhile.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import islice
from typing import Any, Literal

from pynamodb.attributes import JSONAttribute, NumberAttribute, UnicodeAttribute
from pynamodb.expressions.update import Action

from shared.data.courses import count_assignments
from shared.data.learning_remains import mark_deleted
from shared.data.table import Item, TableMeta, TableOf
from shared.data.transaction import Transaction

AssignmentType = Literal["listening", "reading", "writing", "translation", "mixed"]
PART = "assignment"
"""The name of the assignment's part in a transaction, for telling a failed condition."""
GATE_PART = "gate"
"""The name of the gate's part."""
_GATE = "~TOTAL"


@dataclass(frozen=True, slots=True, kw_only=True)
class AssignmentCard:
    """An assignment as lists show it; times are stored ISO texts with milliseconds."""

    id: str
    course_id: str
    title: str
    type: AssignmentType
    due_at: str | None
    question_count: int
    created_at: str
    updated_at: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Assignment(AssignmentCard):
    """A whole assignment.

    Attributes:
        questions: plain JSON, the form of shared/learning/questions.py, with their answers.
        revision: counts its changes.
        submission_count: how many were submitted; it belongs to the gate.
    """

    questions: tuple[Mapping[str, Any], ...]
    revision: int = 1
    submission_count: int = 0


class _LearningMeta(TableMeta):
    table_name = TableOf("LEARNING_TABLE")


class _CardItem(Item):
    class Meta(_LearningMeta):
        pass

    course_id = UnicodeAttribute()
    title = UnicodeAttribute()
    type = UnicodeAttribute()
    due_at = UnicodeAttribute(null=True)
    question_count = NumberAttribute()
    created_at = UnicodeAttribute()
    updated_at = UnicodeAttribute()


class _AssignmentItem(_CardItem):
    """Assignment and gate in one class, since one BatchGetItem reads both."""

    questions = JSONAttribute()
    revision = NumberAttribute()
    total = NumberAttribute(null=True)


class _Gate(Item):
    class Meta(_LearningMeta):
        pass

    total = NumberAttribute()
    revision = NumberAttribute()


def find_assignment(assignment_id: str) -> Assignment | None:
    """A whole assignment with its count: one consistent BatchGetItem."""
    pk = _pk(assignment_id)
    found = _AssignmentItem.batch_get([(pk, "ASG"), (pk, _GATE)], consistent_read=True)
    items = {item.sk: item for item in found}
    if len(items) < 2:
        return None
    item = items["ASG"]
    return Assignment(
        **_card_values(item, assignment_id),
        questions=tuple(item.questions),
        revision=int(item.revision),
        submission_count=int(items[_GATE].total or 0),
    )


def find_assignment_cards(course_id: str, start: int, end: int) -> list[AssignmentCard]:
    """That part of a course's assignments, newest first."""
    rows = _CardItem.query(
        f"COURSE#{course_id}",
        _CardItem.sk.startswith("ASG#"),
        consistent_read=True,
        scan_index_forward=False,
        page_size=end,
    )
    page = islice(rows, start, end)
    return [AssignmentCard(**_card_values(row, row.sk.removeprefix("ASG#"))) for row in page]


def store_assignment(transaction: Transaction, assignment: Assignment) -> None:
    """Add an assignment; `PART` fails where the id exists, `COURSE_PART` without the course."""
    transaction.create(PART, _to_item(assignment))
    transaction.create(GATE_PART, _Gate(_pk(assignment.id), _GATE, total=0, revision=1))
    transaction.save("card", _to_card_item(assignment))
    count_assignments(transaction, assignment.course_id, 1)


def update_assignment(transaction: Transaction, old: Assignment, new: Assignment) -> None:
    """Put an assignment in the place of the one that was read; `PART` fails if that has changed.

    `new.revision` must be `old.revision + 1`. `GATE_PART` fails where the questions are others
    and somebody has answered them.
    """
    transaction.save(PART, _to_item(new), _AssignmentItem.revision == old.revision)
    transaction.save("card", _to_card_item(new))
    unanswered = _Gate.total == 0 if new.questions != old.questions else None
    actions: list[Action] = [_Gate.revision.set(new.revision)]
    transaction.update(GATE_PART, _Gate(_pk(old.id), _GATE), actions, unanswered)


def delete_assignment(transaction: Transaction, assignment: Assignment) -> None:
    """Remove an assignment and mark what was submitted; `PART` fails where it has changed."""
    pk = _pk(assignment.id)
    unchanged = _AssignmentItem.revision == assignment.revision
    transaction.delete(PART, _AssignmentItem(pk, "ASG"), unchanged)
    transaction.delete(GATE_PART, _Gate(pk, _GATE))
    transaction.delete("card", _CardItem(f"COURSE#{assignment.course_id}", pk))
    count_assignments(transaction, assignment.course_id, -1)
    mark_deleted(transaction, assignment.id, assignment.course_id)


def count_submission(transaction: Transaction, assignment: Assignment) -> None:
    """Count one more; `GATE_PART` fails where the assignment is gone or not the one read."""
    actions: list[Action] = [_Gate.total.add(1)]
    unchanged = _Gate.revision == assignment.revision
    transaction.update(GATE_PART, _Gate(_pk(assignment.id), _GATE), actions, unchanged)


def discount_submission(transaction: Transaction, assignment_id: str) -> None:
    """Count one less; `GATE_PART` fails where the assignment is gone."""
    actions: list[Action] = [_Gate.total.add(-1)]
    transaction.update(GATE_PART, _Gate(_pk(assignment_id), _GATE), actions, _Gate.pk.exists())


def close_some_assignments(course_id: str, limit: int) -> list[str]:
    """Remove up to `limit` assignments of a deleted course, all but their cards; their ids.

    Without its gate an assignment takes no submission any more.
    """
    closed = [card.id for card in find_assignment_cards(course_id, 0, limit)]
    with _Gate.batch_write() as batch:
        for assignment_id in closed:
            batch.delete(_Gate(_pk(assignment_id), _GATE))
            batch.delete(_Gate(_pk(assignment_id), "ASG"))
    return closed


def delete_card(course_id: str, assignment_id: str) -> None:
    """Remove what names a closed assignment: nothing of it is left."""
    _CardItem(f"COURSE#{course_id}", _pk(assignment_id)).delete()


def _pk(assignment_id: str) -> str:
    return f"ASG#{assignment_id}"


_CARD = ("course_id", "title", "type", "due_at", "question_count", "created_at", "updated_at")


def _to_card_item(assignment: AssignmentCard) -> _CardItem:
    values = {name: getattr(assignment, name) for name in _CARD}
    return _CardItem(f"COURSE#{assignment.course_id}", _pk(assignment.id), **values)


def _to_item(assignment: Assignment) -> _AssignmentItem:
    values: dict[str, Any] = {name: getattr(assignment, name) for name in _CARD}
    values |= {"questions": list(assignment.questions), "revision": assignment.revision}
    return _AssignmentItem(_pk(assignment.id), "ASG", **values)


def _card_values(item: _CardItem, assignment_id: str) -> dict[str, Any]:
    values: dict[str, Any] = {name: getattr(item, name) for name in _CARD}
    return values | {"id": assignment_id, "question_count": int(item.question_count)}
