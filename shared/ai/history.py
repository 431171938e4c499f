"""Fitting a conversation into a model's context window: the newest turns stay."""

from collections.abc import Sequence

from shared.ai.port import Message
from shared.ai.tokens import estimate_message, estimate_prompt

# Room for the estimate being wrong.
_MARGIN = 0.9


def fit_history(messages: Sequence[Message], context: int, answer: int) -> tuple[Message, ...]:
    """The system messages and as many of the newest turns as fit.

    A turn is a user message with all that follows it, so that a tool's answer is never parted
    from its call. The newest turn always stays: whether it fits alone is the provider's to say.

    Args:
        messages: oldest first.
        context: the model's window, in tokens.
        answer: tokens kept free for the answer.
    """
    system = [message for message in messages if message.role == "system"]
    turns = _turns([message for message in messages if message.role != "system"])
    room = int(context * _MARGIN) - answer - estimate_prompt(system)
    kept: list[Message] = []
    for turn in reversed(turns):
        room -= sum(map(estimate_message, turn))
        if room < 0 and kept:
            break
        kept = turn + kept
    return (*system, *kept)


def _turns(messages: Sequence[Message]) -> list[list[Message]]:
    turns: list[list[Message]] = []
    for message in messages:
        if message.role == "user" or not turns:
            turns.append([])
        turns[-1].append(message)
    return turns
