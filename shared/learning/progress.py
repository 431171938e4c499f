"""What a student's marks in a course come to."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import timedelta
from typing import Any

from shared.core import clock
from shared.data.submissions import Mark


def progress_of(marks: Iterable[Mark], assignment_count: int) -> dict[str, Any]:
    """Completed assignments, average, the same by type of assignment and by week.

    Averages are of what is marked, 0–100 with one decimal, None where nothing is. A week begins on
    Monday, UTC, and holds what was submitted in it; `change` is from the week before it.
    """
    by_type: defaultdict[str, list[Mark]] = defaultdict(list)
    by_week: defaultdict[str, list[Mark]] = defaultdict(list)
    known = sorted(marks, key=lambda mark: mark.submitted_at)
    for mark in known:
        by_type[mark.type].append(mark)
        by_week[_monday(mark.submitted_at)].append(mark)
    return {
        "completed_assignments": len(known),
        "total_assignments": assignment_count,
        "average": _average(known),
        "by_type": {kind: _summary(found) for kind, found in sorted(by_type.items())},
        "trend": _trend(by_week),
    }


def _trend(by_week: dict[str, list[Mark]]) -> list[dict[str, Any]]:
    weeks: list[dict[str, Any]] = []
    before: float | None = None
    for week, marks in sorted(by_week.items()):
        average = _average(marks)
        change = None if average is None or before is None else round(average - before, 1)
        weeks.append({"week": week, **_summary(marks), "change": change})
        before = before if average is None else average
    return weeks


def _summary(marks: Sequence[Mark]) -> dict[str, Any]:
    return {"completed": len(marks), "average": _average(marks)}


def _average(marks: Sequence[Mark]) -> float | None:
    scores = [mark.score for mark in marks if mark.score is not None]
    return round(sum(scores) / len(scores), 1) if scores else None


def _monday(submitted_at: str) -> str:
    day = clock.parse(submitted_at).date()
    return (day - timedelta(days=day.weekday())).isoformat()
