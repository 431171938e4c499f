"""What clients see of a message (contract chat.md)."""

from dataclasses import asdict
from typing import Any

from shared.core import clock
from shared.core.money import to_json_number
from shared.data.chat_messages import Message, Source, TurnUsage


def source_view(source: Source) -> dict[str, Any]:
    """`document_id, document_name, chunk_id, page, score, snippet`."""
    return asdict(source)


def usage_view(usage: TurnUsage) -> dict[str, Any]:
    """`tokens, prompt_tokens, completion_tokens, cost`; the cost as a decimal number."""
    return {
        "tokens": usage.prompt_tokens + usage.completion_tokens,
        "prompt_tokens": usage.prompt_tokens,
        "completion_tokens": usage.completion_tokens,
        "cost": to_json_number(usage.cost_micro),
    }


def message_view(message: Message) -> dict[str, Any]:
    """A message in any state.

    The contract's `status` names how an answer ended; until then it is `generating`
    (docs/decisions/0082).
    """
    return {
        "id": message.id,
        "session_id": message.session_id,
        "role": message.author,
        "content": message.content,
        "sources": [source_view(source) for source in message.sources],
        "usage": usage_view(message.usage) if message.usage else None,
        "status": "generating" if message.status == "running" else message.status,
        "created_at": clock.to_wire(message.created_at),
    }
