"""A syllabus, week by week; its hours add up to the course's."""

from collections.abc import Mapping, Sequence
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from shared.data.jobs import Part
from shared.data.tasks import Task
from shared.learning.asking import Asker
from shared.learning.notices import provenance
from shared.learning.prompts import prompt
from shared.learning.rule_syllabus import weeks_by_rule
from shared.tasks.types.jobs import is_offline

_Line = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=300)]


class Week(BaseModel):
    """One week; `hours` are whole."""

    model_config = ConfigDict(extra="ignore")

    week: int
    title: _Line
    hours: Annotated[int, Field(ge=1)]
    goals: Annotated[list[_Line], Field(min_length=1, max_length=5)]
    activities: Annotated[list[_Line], Field(min_length=1, max_length=6)]


class DraftedSyllabus(BaseModel):
    """What the model is asked for."""

    weeks: Annotated[list[Week], Field(min_length=1, max_length=52)]


class Syllabi:
    """Type `syllabus` (`JobWork`): one part."""

    def count(self, asked: Mapping[str, Any]) -> int:  # noqa: ARG002
        """One."""
        return 1

    async def work(self, task: Task, number: int) -> Mapping[str, Any]:  # noqa: ARG002
        """The weeks."""
        asked = task.input

        def check(drafted: DraftedSyllabus) -> None:
            check_weeks(drafted, asked["weeks"], asked["hours"])

        if is_offline(asked):
            drafted = DraftedSyllabus.model_validate(
                {"weeks": weeks_by_rule(asked["weeks"], asked["hours"], asked["goals"])}
            )
            check(drafted)
        else:
            material = {name: asked[name] for name in ("course", "weeks", "hours", "goals")}
            asker = Asker(task.owner_id, task.model)
            drafted = await asker.ask(prompt("syllabus"), material, DraftedSyllabus, check)
        return drafted.model_dump()

    async def merge(self, task: Task, parts: Sequence[Part]) -> Mapping[str, Any]:
        """The syllabus as it is shown."""
        (weeks,) = [part.result["weeks"] for part in parts if part.result]
        total = sum(week["hours"] for week in weeks)
        made_by = provenance(task.input, prompt("syllabus").version)
        return {"weeks": weeks, "total_hours": total, **made_by}


def check_weeks(drafted: DraftedSyllabus, weeks: int, hours: int) -> None:
    """Raises ValueError where weeks are missing or the hours do not add up."""
    if [week.week for week in drafted.weeks] != list(range(1, weeks + 1)):
        raise ValueError(f"weeks: must be numbered 1 to {weeks}")
    total = sum(week.hours for week in drafted.weeks)
    if total != hours:
        raise ValueError(f"weeks: hours add up to {total}, they must add up to {hours}")
