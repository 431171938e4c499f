"""What the types have in common whose work is done here, with a chat model or by rule."""

import json
from collections.abc import Mapping
from typing import Annotated, Any, ClassVar

from pydantic import BaseModel, ConfigDict, Field

from shared.ai.catalog import BUILTIN, Model, price_version
from shared.ai.errors import ModelNotAvailable
from shared.ai.pricing import worst_case_micro
from shared.ai.registry import registry
from shared.ai.tokens import estimate_tokens
from shared.core.errors import InvalidRequest
from shared.core.text import Text
from shared.data.credits import CreditKind
from shared.data.ledger_lines import Feature
from shared.data.transaction import Transaction
from shared.learning.prompts import prompt
from shared.ledger.settings import LedgerSettings
from shared.tasks.port import Price
from shared.tasks.types.fields import ModelId

NORMAL_PRIORITY = 5
_MOST_ANSWER_TOKENS = 8_000
Priority = Annotated[int, Field(strict=True, ge=0, le=9)]


class JobInput(BaseModel):
    """What every job may be told; without a `model` it is the deployment's default."""

    model_config = ConfigDict(extra="forbid")

    priority: Priority = NORMAL_PRIORITY
    model: ModelId | None = None


class JobTasks:
    """A type says what it is called, where it waits and what it takes."""

    feature: ClassVar[Feature] = "learning"
    credit: ClassVar[CreditKind | None] = None
    # What the first call of a model begins with.
    prompt: ClassVar[str]

    def validate(self, owner_id: str, given: BaseModel) -> dict[str, Any]:  # noqa: ARG002
        """The input, with the model that will work on it."""
        stored = given.model_dump(mode="json")
        model_id = stored["model"] or registry().default_model
        try:
            kind = registry().find_model(model_id).kind
        except ModelNotAvailable as error:
            raise _not_available() from error
        if kind != "chat":
            raise _not_available()
        return {**stored, "model": model_id}

    def price(self, stored: Mapping[str, Any]) -> Price:
        """Nothing is held for the job itself, but a budget has to cover its first call."""
        provider, model = registry().find(stored["model"])
        asked = estimate_tokens(prompt(self.prompt).text + json.dumps(stored, ensure_ascii=False))
        currency = LedgerSettings.from_env().currency
        first = worst_case_micro(model, asked, most_answer_tokens(model), currency)
        return Price(0, price_version(), provider.name, model.id, covering_micro=first)

    def write_beside(
        self, transaction: Transaction, task_id: str, stored: Mapping[str, Any]
    ) -> None:
        """Nothing, unless the type says otherwise."""


def most_answer_tokens(model: Model) -> int:
    """What an answer of that model is limited to."""
    return min(model.max_output, _MOST_ANSWER_TOKENS)


def is_offline(stored: Mapping[str, Any]) -> bool:
    """Whether the job is done by rule, since no model is configured for it."""
    return bool(stored["model"] == BUILTIN)


def _not_available() -> InvalidRequest:
    return InvalidRequest.of_field("model", Text("模型不可用", "is not a configured chat model"))
