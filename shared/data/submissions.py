"""What students hand in, and the marks beside it.

Items of the learning table (docs/database-design.md):

    ASG#<assignment>   SUB#<id>                  the submission; before the gate, ~TOTAL
    MARKS#<course>     <student>#<assignment>    the mark: what progress is made of; it makes a
                                                 student's submission of an assignment the only one
    SUB#<id>           SUB                       where a submission is, for who knows its id only
    LEARNER#<student>  SUB#<id>                  the same, to be found from the student
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from itertools import islice
from typing import Any, Literal

from pynamodb.attributes import (
    BooleanAttribute,
    JSONAttribute,
    NumberAttribute,
    UnicodeAttribute,
)

from shared.data.table import Item, TableMeta, TableOf, find
from shared.data.transaction import Transaction

Status = Literal["analysing", "marked"]
PART = "submission"
"""The name of the submission's part in a transaction, for telling a failed condition."""
MARK_PART = "mark"
"""The name of the part that lets a student submit an assignment once."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Submission:
    """Somebody's answers to an assignment, and how they were marked.

    Attributes:
        type: of the assignment.
        answers: what was answered, by question id: a text, or texts.
        points: 0–100 of each question that is marked by now, by its id.
        analyses: what a model's analysis of a written answer said, by question id.
        task_id: the task that analyses the written answers, once there is one.
        score: 0–100, the mean of all points, once each question has them.
        revision: counts its changes; times are stored ISO texts with milliseconds.
    """

    id: str
    assignment_id: str
    course_id: str
    student_id: str
    student_name: str
    type: str
    answers: Mapping[str, Any]
    points: Mapping[str, float]
    status: Status
    score: float | None
    late: bool
    submitted_at: str
    marked_at: str | None = None
    analyses: Mapping[str, Any] = field(default_factory=dict)
    task_id: str | None = None
    revision: int = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where a submission is."""

    submission_id: str
    assignment_id: str
    course_id: str
    student_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Mark:
    """What progress knows of a submission; `score` is None while it is being analysed."""

    student_id: str
    assignment_id: str
    submission_id: str
    type: str
    score: float | None
    submitted_at: str


class _LearningMeta(TableMeta):
    table_name = TableOf("LEARNING_TABLE")


class _SubmissionItem(Item):
    class Meta(_LearningMeta):
        pass

    course_id = UnicodeAttribute()
    student_id = UnicodeAttribute()
    student_name = UnicodeAttribute()
    type = UnicodeAttribute()
    answers = JSONAttribute()
    points = JSONAttribute()
    status = UnicodeAttribute()
    score = NumberAttribute(null=True)
    late = BooleanAttribute()
    submitted_at = UnicodeAttribute()
    marked_at = UnicodeAttribute(null=True)
    analyses = JSONAttribute()
    task_id = UnicodeAttribute(null=True)
    revision = NumberAttribute()


class _MarkItem(Item):
    class Meta(_LearningMeta):
        pass

    submission_id = UnicodeAttribute()
    type = UnicodeAttribute()
    score = NumberAttribute(null=True)
    submitted_at = UnicodeAttribute()


class _PlaceItem(Item):
    class Meta(_LearningMeta):
        pass

    assignment_id = UnicodeAttribute()
    course_id = UnicodeAttribute()
    student_id = UnicodeAttribute()


def find_submission(assignment_id: str, submission_id: str) -> Submission | None:
    """A submission: one consistent GetItem."""
    item = find(_SubmissionItem, *_key(assignment_id, submission_id))
    return _to_submission(item) if item else None


def find_place(submission_id: str) -> Place | None:
    """Where a submission is; None where there is none."""
    item = find(_PlaceItem, f"SUB#{submission_id}", "SUB")
    return _to_place(item, submission_id) if item else None


def find_places_of(student_id: str, limit: int) -> list[Place]:
    """Up to `limit` submissions of a student, in any course."""
    rows = _PlaceItem.query(
        f"LEARNER#{student_id}", _PlaceItem.sk.startswith("SUB#"), consistent_read=True, limit=limit
    )
    return [_to_place(row, row.sk.removeprefix("SUB#")) for row in rows]


def find_submissions(assignment_id: str, start: int, end: int) -> list[Submission]:
    """That part of what was submitted of an assignment, newest first."""
    rows = _SubmissionItem.query(
        f"ASG#{assignment_id}",
        _SubmissionItem.sk.startswith("SUB#"),
        consistent_read=True,
        scan_index_forward=False,
        page_size=end,
    )
    return [_to_submission(row) for row in islice(rows, start, end)]


def find_mark(course_id: str, student_id: str, assignment_id: str) -> Mark | None:
    """A student's mark of an assignment: one consistent GetItem."""
    item = find(_MarkItem, *_mark_key(course_id, student_id, assignment_id))
    return _to_mark(item) if item else None


def find_marks(course_id: str, first_student: str, last_student: str) -> Iterator[Mark]:
    """The marks of the students from the first id to the last: a Query per megabyte."""
    students = _MarkItem.sk.between(f"{first_student}#", f"{last_student}#~")
    rows = _MarkItem.query(f"MARKS#{course_id}", students, consistent_read=True)
    return (_to_mark(row) for row in rows)


def store_submission(transaction: Transaction, submission: Submission) -> None:
    """Add a submission; `MARK_PART` fails where its student has submitted before."""
    transaction.create(PART, _to_item(submission))
    transaction.create(MARK_PART, _to_mark_item(submission))
    for name, (pk, sk) in _place_keys(submission.id, submission.student_id).items():
        place = _PlaceItem(
            pk,
            sk,
            assignment_id=submission.assignment_id,
            course_id=submission.course_id,
            student_id=submission.student_id,
        )
        transaction.save(name, place)


def update_submission(transaction: Transaction, old: Submission, new: Submission) -> None:
    """Put a submission in the place of the one that was read; `PART` fails if that has changed.

    `new.revision` must be `old.revision + 1`.
    """
    transaction.save(PART, _to_item(new), _SubmissionItem.revision == old.revision)
    transaction.save(MARK_PART, _to_mark_item(new), _MarkItem.pk.exists())


def name_task(
    transaction: Transaction, assignment_id: str, submission_id: str, task_id: str
) -> None:
    """Say which task analyses a submission; `PART` fails where it waits for none any more."""
    item = _SubmissionItem(*_key(assignment_id, submission_id))
    named = [_SubmissionItem.task_id.set(task_id), _SubmissionItem.revision.add(1)]
    transaction.update(PART, item, named, _SubmissionItem.status == "analysing")


def delete_submission(transaction: Transaction, place: Place) -> None:
    """Remove a submission with its mark; `PART` fails where it is gone."""
    item = _SubmissionItem(*_key(place.assignment_id, place.submission_id))
    transaction.delete(PART, item, _SubmissionItem.pk.exists())
    key = _mark_key(place.course_id, place.student_id, place.assignment_id)
    transaction.delete(MARK_PART, _MarkItem(*key))
    for name, keys in _place_keys(place.submission_id, place.student_id).items():
        transaction.delete(name, _PlaceItem(*keys))


def delete_some_submissions(assignment_id: str, limit: int) -> int:
    """Remove up to `limit` submissions of an assignment that takes none any more; how many."""
    found = find_submissions(assignment_id, 0, limit)
    # A batch takes all items of a table, whatever they are: it needs their keys only.
    with _PlaceItem.batch_write() as batch:
        for each in found:
            for key in (
                _mark_key(each.course_id, each.student_id, assignment_id),
                *_place_keys(each.id, each.student_id).values(),
                _key(assignment_id, each.id),
            ):
                batch.delete(_PlaceItem(*key))
    return len(found)


def _key(assignment_id: str, submission_id: str) -> tuple[str, str]:
    return f"ASG#{assignment_id}", f"SUB#{submission_id}"


def _mark_key(course_id: str, student_id: str, assignment_id: str) -> tuple[str, str]:
    return f"MARKS#{course_id}", f"{student_id}#{assignment_id}"


def _place_keys(submission_id: str, student_id: str) -> dict[str, tuple[str, str]]:
    sub = f"SUB#{submission_id}"
    return {"place": (sub, "SUB"), "learner": (f"LEARNER#{student_id}", sub)}


_SAME_NAMED = (
    "course_id", "student_id", "student_name", "type", "answers", "points", "status", "score",
    "late", "submitted_at", "marked_at", "analyses", "task_id",
)  # fmt: skip


def _to_item(submission: Submission) -> _SubmissionItem:
    values: dict[str, Any] = {name: getattr(submission, name) for name in _SAME_NAMED}
    key = _key(submission.assignment_id, submission.id)
    return _SubmissionItem(*key, revision=submission.revision, **values)


def _to_submission(item: _SubmissionItem) -> Submission:
    values: dict[str, Any] = {name: getattr(item, name) for name in _SAME_NAMED}
    return Submission(
        id=item.sk.removeprefix("SUB#"),
        assignment_id=item.pk.removeprefix("ASG#"),
        revision=int(item.revision),
        **values,
    )


def _to_mark_item(submission: Submission) -> _MarkItem:
    key = _mark_key(submission.course_id, submission.student_id, submission.assignment_id)
    return _MarkItem(
        *key,
        submission_id=submission.id,
        type=submission.type,
        score=submission.score,
        submitted_at=submission.submitted_at,
    )


def _to_mark(item: _MarkItem) -> Mark:
    student_id, _, assignment_id = item.sk.partition("#")
    return Mark(
        student_id=student_id,
        assignment_id=assignment_id,
        submission_id=item.submission_id,
        type=item.type,
        score=item.score,
        submitted_at=item.submitted_at,
    )


def _to_place(item: _PlaceItem, submission_id: str) -> Place:
    return Place(
        submission_id=submission_id,
        assignment_id=item.assignment_id,
        course_id=item.course_id,
        student_id=item.student_id,
    )
