"""A batch of questions: ten a part, and no two the same in the whole."""

from collections.abc import Mapping, Sequence
from itertools import chain
from typing import Any

from shared.core import ids
from shared.core.threads import in_thread
from shared.data.jobs import Part, find_parts
from shared.data.tasks import Task
from shared.learning.asking import Asker
from shared.learning.batch import (
    OF_A_PART,
    Drafted,
    DraftedBatch,
    check_type,
    distinct,
    distinct_in_meaning,
)
from shared.learning.errors import PartFailed
from shared.learning.notices import errors_of, provenance
from shared.learning.prompts import prompt
from shared.learning.questions import LARGEST_BYTES, Question
from shared.learning.rule_questions import questions_by_rule
from shared.retrieval.embedding_costs import embed_paid
from shared.retrieval.payer import Payer
from shared.tasks.types.jobs import is_offline

_EMBED_SECONDS = 60.0


class Batches:
    """Type `questions` (`JobWork`)."""

    def count(self, asked: Mapping[str, Any]) -> int:
        """One part for each ten questions."""
        return -(-int(asked["count"]) // OF_A_PART)

    async def work(self, task: Task, number: int) -> Mapping[str, Any]:
        """The drafts of a part, in the form that is asked for, as plain JSON."""
        asked = task.input
        start = number * OF_A_PART
        wanted = min(OF_A_PART, int(asked["count"]) - start)
        if is_offline(asked):
            found = questions_by_rule(
                asked["type"], asked["difficulty"], asked["topic"], start, wanted
            )
            if not found:
                raise PartFailed("no_more_material", "NOT_ENOUGH_MATERIAL")
            batch = DraftedBatch(questions=[draft for draft, _ in found])
            check_type(asked["type"], batch)
            levels = [difficulty for _, difficulty in found]
        else:
            batch = await self._ask(task, number, wanted)
            levels = [asked["difficulty"]] * len(batch.questions)
        drafts = [question.model_dump() for question in batch.questions[:wanted]]
        return {
            "questions": [
                {**draft, "difficulty": level} for draft, level in zip(drafts, levels, strict=False)
            ]
        }

    async def merge(self, task: Task, parts: Sequence[Part]) -> Mapping[str, Any]:
        """The questions of all parts, without those that ask the same."""
        asked = task.input
        made = list(chain.from_iterable(part.result["questions"] for part in parts if part.result))
        levels = {entry["stem"]: entry["difficulty"] for entry in made}
        drafts = [Drafted.model_validate(entry) for entry in made]
        kept = await _without_repeats(task.owner_id, drafts)
        fitting = _fitting([_to_question(asked, draft, levels[draft.stem]) for draft in kept])
        errors = errors_of(parts)
        for reason, lost in (
            ("duplicate", len(drafts) - len(kept)),
            ("too_large", len(kept) - len(fitting)),
        ):
            if lost:
                errors.append({"code": "QUESTIONS_LEFT_OUT", "reason": reason, "count": lost})
        return {
            "questions": [question.model_dump(mode="json") for question in fitting],
            "requested": asked["count"],
            "produced": len(fitting),
            "errors": errors,
            **provenance(asked, prompt("questions").version),
        }

    async def _ask(self, task: Task, number: int, wanted: int) -> DraftedBatch:
        asked = task.input
        ended = await in_thread(find_parts, task.id, task.attempt)
        material = {
            "type": asked["type"],
            "count": wanted,
            "difficulty": asked["difficulty"],
            "topic": asked["topic"],
            "part": number + 1,
            "parts": self.count(asked),
            "existing": [
                entry["stem"][:200]
                for part in ended
                for entry in (part.result or {}).get("questions", ())
            ],
        }
        asker = Asker(task.owner_id, task.model)
        return await asker.ask(
            prompt("questions"),
            material,
            DraftedBatch,
            lambda batch: check_type(asked["type"], batch),
        )


async def _without_repeats(owner_id: str, drafts: Sequence[Drafted]) -> list[Drafted]:
    """By words, and by meaning where an embedding model is configured."""
    kept = distinct(drafts)
    payer = Payer(owner_id, "learning")
    vectors = await embed_paid([draft.stem for draft in kept], payer, seconds=_EMBED_SECONDS)
    return distinct_in_meaning(kept, vectors) if vectors else kept


def _fitting(questions: Sequence[Question]) -> list[Question]:
    """As many as one item of the store takes."""
    kept, size = [], 0
    for question in questions:
        size += len(question.model_dump_json().encode())
        if size > LARGEST_BYTES:
            break
        kept.append(question)
    return kept


def _to_question(asked: Mapping[str, Any], draft: Drafted, difficulty: str) -> Question:
    return Question(
        id=f"q{ids.new_ulid()}",
        type=asked["type"],
        stem=draft.stem,
        options=draft.options,
        answer=draft.answer,
        explanation=draft.explanation,
        difficulty=difficulty,
        topic=asked["topic"],
    )
