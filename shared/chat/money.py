"""What a turn's model calls cost, and the ledger lines they become."""

from dataclasses import dataclass, field
from datetime import datetime

from shared.ai.catalog import Model, price_version
from shared.ai.port import ChatRequest, Usage
from shared.ai.pricing import cost_micro, worst_case_micro
from shared.ai.tokens import estimate_usage
from shared.chat.turn import Turn
from shared.core import clock
from shared.data.chat_messages import TurnUsage
from shared.data.ledger_lines import Line, Status
from shared.ledger.settings import LedgerSettings


@dataclass(slots=True)
class ModelCall:
    """One call of the model: what went out, what came back so far."""

    request: ChatRequest
    started_at: datetime
    text: list[str] = field(default_factory=list)
    usage: Usage | None = None
    ended_at: datetime | None = None

    def counted(self) -> Usage:
        """The provider's own count, or ours where it never came."""
        return self.usage or estimate_usage(self.request, "".join(self.text))


def worst_case(model: Model, prompt_tokens: int, max_tokens: int) -> int:
    """The most that a prompt and an answer of so many tokens can cost, in micro-units."""
    return worst_case_micro(model, prompt_tokens, max_tokens, _currency())


def ledger_line(turn: Turn, call: ModelCall, status: Status) -> Line:
    """The one ledger line of a call."""
    usage = call.counted()
    return Line(
        feature=turn.feature,
        provider=turn.provider.name,
        model=turn.model.id,
        prompt_tokens=usage.prompt_tokens,
        completion_tokens=usage.completion_tokens,
        cached_tokens=usage.cached_tokens,
        cost_micro=cost_micro(turn.model, usage, _currency(), moment=call.started_at),
        price_version=price_version(),
        started_at=call.started_at,
        ended_at=call.ended_at or clock.now(),
        status=status,
        role_id=turn.role.id or None,
        role_name=turn.role.name or None,
        session_id=turn.session.id or None,
    )


def turn_usage(lines: list[Line]) -> TurnUsage:
    """What all calls of a turn took together."""
    return TurnUsage(
        prompt_tokens=sum(line.prompt_tokens for line in lines),
        completion_tokens=sum(line.completion_tokens for line in lines),
        cost_micro=sum(line.cost_micro for line in lines),
    )


def _currency() -> str:
    return LedgerSettings.from_env().currency
