"""A model whose every answer a test writes, piece by piece."""

import asyncio
from collections.abc import AsyncGenerator, Sequence
from dataclasses import dataclass, field

import pytest

from shared.ai.port import (
    ChatRequest,
    Completion,
    Finished,
    StreamEvent,
    TextDelta,
    ToolCall,
    ToolCalls,
    Usage,
)
from shared.ai.registry import registry

USAGE = Usage(prompt_tokens=20, completion_tokens=10)
Step = StreamEvent | Exception | asyncio.Event


def says(*pieces: str, usage: Usage = USAGE) -> list[Step]:
    """An answer in these pieces."""
    return [*(TextDelta(piece) for piece in pieces), Finished("stop", usage)]


def calls(name: str, arguments: str = "{}", usage: Usage = USAGE) -> list[Step]:
    """A turn that asks for a tool and says nothing."""
    call = ToolCall("call_1", name, arguments)
    return [ToolCalls((call,)), Finished("tool_calls", usage)]


@dataclass
class ScriptedModel:
    """A `ChatProvider`: each call plays the next script; the last one is played again.

    An `asyncio.Event` in a script holds the answer until it is set; an exception is raised.
    """

    scripts: Sequence[Sequence[Step]] = field(default_factory=lambda: [says("好的。")])
    name: str = "scripted"
    requests: list[ChatRequest] = field(default_factory=list)
    pieces_read: int = 0
    closed: int = 0

    async def complete(self, request: ChatRequest) -> Completion:
        text, found, usage = "", (), USAGE
        async for event in self.stream(request):
            if isinstance(event, TextDelta):
                text += event.text
            elif isinstance(event, ToolCalls):
                found = event.calls
            else:
                usage = event.usage
        return Completion(text, "stop", usage, found)

    async def stream(self, request: ChatRequest) -> AsyncGenerator[StreamEvent, None]:
        self.requests.append(request)
        script = self.scripts[min(len(self.requests), len(self.scripts)) - 1]
        try:
            for step in script:
                if isinstance(step, Exception):
                    raise step
                if isinstance(step, asyncio.Event):
                    await step.wait()
                else:
                    self.pieces_read += 1
                    yield step
        finally:
            self.closed += 1


def serve(
    patch: pytest.MonkeyPatch, model: ScriptedModel, provider: str = "builtin"
) -> ScriptedModel:
    """Let this model answer in the place of a provider's, the offline one by default."""
    patch.setitem(registry()._chats, provider, model)
    return model
