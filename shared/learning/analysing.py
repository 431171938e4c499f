"""A written answer is analysed: analyse → critique → refine, and marked by its rubric.

The mark is worked out here from the points of each line; the same answer by the same rubric has
the same mark, whoever asks and how often (docs/decisions/0150).
"""

import hashlib
import json
import unicodedata
from collections.abc import Mapping, Sequence
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from shared.core.threads import in_thread
from shared.data.jobs import Part, find_mark, keep_mark
from shared.data.tasks import Task
from shared.learning.analysis import apply_analysis
from shared.learning.asking import Asker
from shared.learning.errors import PartFailed
from shared.learning.notices import errors_of, provenance
from shared.learning.prompts import prompt
from shared.learning.rule_analysis import analysis_by_rule
from shared.tasks.types.jobs import is_offline

_PROMPTS = ("analyse", "critique", "refine")
_LEVELS = ((85, "excellent"), (70, "good"), (55, "fair"), (0, "weak"))
_OF_TRANSLATIONS = [{"line": "译文准确、完整、通顺", "points": 15}]
_BLANK = "未作答，记零分。Not answered: 0."
_Text = Annotated[str, StringConstraints(strip_whitespace=True, max_length=1000)]


class FoundError(BaseModel):
    """An error: the words of the answer, what they should be, and why."""

    model_config = ConfigDict(extra="ignore")

    text: Annotated[str, StringConstraints(min_length=1, max_length=500)]
    correction: _Text
    reason: _Text


class LinePoints(BaseModel):
    """The points of a line of the rubric, which is quoted."""

    model_config = ConfigDict(extra="ignore")

    line: int
    points: Annotated[float, Field(ge=0, le=100, multiple_of=0.5)]
    quote: str
    reason: _Text = ""


class DraftedAnalysis(BaseModel):
    """What the model, or the rules, say of an answer."""

    model_config = ConfigDict(extra="ignore")

    summary: Annotated[str, StringConstraints(min_length=1, max_length=2000)]
    errors: Annotated[list[FoundError], Field(max_length=30)]
    suggestions: Annotated[list[_Text], Field(max_length=15)]
    rubric: list[LinePoints]


class Critique(BaseModel):
    """What a second reading says of an analysis."""

    model_config = ConfigDict(extra="ignore")

    sound: bool
    problems: Annotated[list[_Text], Field(max_length=20)] = []


class Analysing:
    """Type `analysis` (`JobWork`): a part for each answer."""

    def count(self, asked: Mapping[str, Any]) -> int:
        """As many as there are answers."""
        return len(asked["answers"])

    async def work(self, task: Task, number: int) -> Mapping[str, Any]:
        """The analysis of an answer, as it was the first time this answer was seen."""
        answer = _with_rubric(task.input["answers"][number])
        if not answer["text"].strip():
            return _blank(answer)
        digest = _digest(answer, by_rule=is_offline(task.input))
        known = await in_thread(find_mark, digest)
        if known:
            return known
        drafted, rounds = await self._analysed(task, answer)
        made = {**_marked(drafted, answer["rubric"]), "rounds": rounds}
        return await in_thread(keep_mark, digest, made)

    async def merge(self, task: Task, parts: Sequence[Part]) -> Mapping[str, Any]:
        """The one analysis; of a submission all, which mark it too."""
        made_by = provenance(task.input, *(prompt(name).version for name in _PROMPTS))
        answers = task.input["answers"]
        found = {answers[part.number]["id"]: dict(part.result) for part in parts if part.result}
        submission_id = task.input["submission_id"]
        if submission_id is None:
            return {**found["text"], **made_by}
        analyses = {key: {**analysis, **made_by} for key, analysis in found.items()}
        await in_thread(apply_analysis, submission_id, analyses)
        score = round(sum(each["score"] for each in analyses.values()) / len(analyses), 1)
        return {
            "submission_id": submission_id,
            "score": score,
            "level": _level(score),
            "analyses": analyses,
            "failed": errors_of(parts),
            **made_by,
        }

    async def _analysed(self, task: Task, answer: Mapping[str, Any]) -> tuple[DraftedAnalysis, int]:
        if is_offline(task.input):
            drafted = DraftedAnalysis.model_validate(analysis_by_rule(answer))
            check_analysis(drafted, answer)
            return drafted, 0
        asker = Asker(task.owner_id, task.model)
        material = {**answer, "rubric": _numbered(answer["rubric"])}

        async def asked(name: str, **more: Any) -> DraftedAnalysis:
            return await asker.ask(
                prompt(name),
                {**material, **more},
                DraftedAnalysis,
                lambda drafted: check_analysis(drafted, answer),
            )

        drafted = await asked("analyse")
        rounds = 0
        while rounds < task.input["rounds"]:
            rounds += 1
            said = drafted.model_dump()
            critique = await asker.ask(prompt("critique"), {**material, "analysis": said}, Critique)
            if critique.sound:
                break
            drafted = await asked("refine", analysis=said, problems=critique.problems)
        return drafted, rounds


def check_analysis(drafted: DraftedAnalysis, answer: Mapping[str, Any]) -> None:
    """Raises ValueError where a line is missing or misquoted, or an error is not in the answer."""
    rubric = answer["rubric"]
    if [given.line for given in drafted.rubric] != list(range(1, len(rubric) + 1)):
        raise ValueError(f"rubric: must have the lines 1 to {len(rubric)} in their order")
    for given, line in zip(drafted.rubric, rubric, strict=True):
        if _plain(given.quote) != _plain(line["line"]):
            raise ValueError(f"rubric.{given.line}.quote: must be the line as it is given")
        if given.points > line["points"]:
            raise ValueError(f"rubric.{given.line}.points: at most {line['points']}")
    text = _plain(answer["text"])
    for number, error in enumerate(drafted.errors):
        if _plain(error.text) not in text:
            raise ValueError(f"errors.{number}.text: must be copied from the answer")


def _marked(drafted: DraftedAnalysis, rubric: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    lines = [
        {
            "line": given.line,
            "points": given.points,
            "of": line["points"],
            "quote": line["line"],
            "reason": given.reason,
        }
        for given, line in zip(drafted.rubric, rubric, strict=True)
    ]
    earned = sum(given.points for given in drafted.rubric)
    score = round(100 * earned / sum(line["points"] for line in rubric), 1)
    said = drafted.model_dump(include={"summary", "errors", "suggestions"})
    return {"score": score, "level": _level(score), **said, "rubric": lines}


def _blank(answer: Mapping[str, Any]) -> dict[str, Any]:
    lines = [
        LinePoints(line=number, points=0, quote=line["line"], reason=_BLANK)
        for number, line in enumerate(answer["rubric"], 1)
    ]
    drafted = DraftedAnalysis(summary=_BLANK, errors=[], suggestions=[], rubric=lines)
    return {**_marked(drafted, answer["rubric"]), "rounds": 0}


def _with_rubric(answer: Mapping[str, Any]) -> dict[str, Any]:
    rubric = answer["rubric"] or (_OF_TRANSLATIONS if answer["type"] == "translation" else None)
    if not rubric:
        raise PartFailed("no_rubric", "RUBRIC_REQUIRED")
    return {**answer, "rubric": rubric}


def _numbered(rubric: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    return [
        {"line": number, "text": line["line"], "most": line["points"]}
        for number, line in enumerate(rubric, 1)
    ]


def _digest(answer: Mapping[str, Any], *, by_rule: bool) -> str:
    """What makes two answers the same: their words, the task and the rubric, not who wrote them."""
    same = {name: _plain(answer[name]) for name in ("type", "question", "text")}
    told = json.dumps({**same, "rubric": answer["rubric"], "by_rule": by_rule}, sort_keys=True)
    return hashlib.sha256(told.encode()).hexdigest()


def _level(score: float) -> str:
    return next(level for least, level in _LEVELS if score >= least)


def _plain(text: str) -> str:
    return " ".join(unicodedata.normalize("NFC", text).split())
