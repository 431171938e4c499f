"""A model is asked for JSON of a certain form: each call is held and paid for by itself."""

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError

from shared.ai.catalog import Model, price_version
from shared.ai.errors import AIServiceError, CircuitOpen
from shared.ai.port import ChatRequest, Completion, Message
from shared.ai.pricing import cost_micro, worst_case_micro
from shared.ai.registry import registry
from shared.ai.tokens import estimate_usage
from shared.core import clock
from shared.core.errors import RateLimited
from shared.core.observability import get_logger
from shared.core.threads import in_thread
from shared.data.ledger_lines import Line
from shared.learning.errors import InvalidModelOutput, ModelUnavailable, PartFailed
from shared.learning.prompts import Prompt, prompt
from shared.ledger import ledger
from shared.ledger.settings import LedgerSettings
from shared.tasks.types.jobs import most_answer_tokens

_MOST_PROBLEMS = 10
_FENCED = re.compile(r"```(?:json)?\s*(.*?)\s*```", re.DOTALL)
A = TypeVar("A", bound=BaseModel)


@dataclass(frozen=True, slots=True)
class Asker:
    """Who asks and pays, and which model."""

    owner_id: str
    model_id: str

    async def ask(
        self,
        instructions: Prompt,
        material: Mapping[str, Any],
        form: type[A],
        check: Callable[[A], None] = lambda _: None,
    ) -> A:
        """The model's answer in that form; one that is not gets one repair.

        Args:
            instructions: the system prompt.
            material: what it is about, sent as JSON: words of others stay data.
            form: what the answer must be; `check` raises ValueError for what no form can say.

        Raises:
            InvalidModelOutput: the repaired answer was of no use either.
            ModelUnavailable: a later try may succeed.
            PartFailed: the provider or the budget refuses.
        """
        messages = (
            Message("system", instructions.text),
            Message("user", json.dumps(material, ensure_ascii=False)),
        )
        first = await self._paid(messages)
        try:
            return _read(first, form, check)
        except ValueError as error:
            problems = _problems(error)
        repair = Message("user", prompt("repair").text.format(problems=problems))
        second = await self._paid((*messages, Message("assistant", first), repair))
        try:
            return _read(second, form, check)
        except ValueError as error:
            extra = {"prompt": instructions.version, "model": self.model_id}
            get_logger().warning("model output refused", extra=extra)
            raise InvalidModelOutput("not_the_asked_form") from error

    async def _paid(self, messages: tuple[Message, ...]) -> str:
        _, model = registry().find(self.model_id)
        most = most_answer_tokens(model)
        request = ChatRequest(
            model.id,
            messages,
            temperature=0.0,
            max_tokens=most,
            response_format={"type": "json_object"},
        )
        try:
            return (await _held_and_settled(self.owner_id, model, request, most)).content
        except RateLimited as error:
            raise PartFailed("budget", error.code) from error
        except AIServiceError as error:
            if error.retryable or isinstance(error, CircuitOpen):
                raise ModelUnavailable(error.reason) from error
            raise PartFailed(error.reason, error.code) from error


async def _held_and_settled(
    owner_id: str, model: Model, request: ChatRequest, most: int
) -> Completion:
    currency = LedgerSettings.from_env().currency
    amount = worst_case_micro(model, estimate_usage(request, "").prompt_tokens, most, currency)
    held = await in_thread(ledger.reserve_now, user_id=owner_id, amount_micro=amount)
    started_at = clock.now()
    provider = registry().chat(model.id)
    answer: Completion | None = None
    try:
        answer = await provider.complete(request)
    finally:
        if answer is None:  # failed, or cut off with the step it was for
            await in_thread(ledger.release_now, held)
    line = Line(
        feature="learning",
        provider=provider.name,
        model=model.id,
        prompt_tokens=answer.usage.prompt_tokens,
        completion_tokens=answer.usage.completion_tokens,
        cached_tokens=answer.usage.cached_tokens,
        cost_micro=cost_micro(model, answer.usage, currency, moment=started_at),
        price_version=price_version(),
        started_at=started_at,
        ended_at=clock.now(),
    )
    await in_thread(ledger.settle_now, held, [line])
    return answer


def _read(answer: str, form: type[A], check: Callable[[A], None]) -> A:
    fenced = _FENCED.search(answer)
    found = form.model_validate_json(fenced.group(1) if fenced else answer)
    check(found)
    return found


def _problems(error: ValueError) -> str:
    """What the model is told: places and rules, none of the answer's own words."""
    if not isinstance(error, ValidationError):
        return f"- {error}"
    told = [
        f"- {'.'.join(map(str, item['loc'])) or 'answer'}: {item['msg']}"
        for item in error.errors(include_input=False, include_context=False, include_url=False)
    ]
    return "\n".join(told[:_MOST_PROBLEMS])
