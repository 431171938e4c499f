"""A model whose every answer a test writes, piece by piece, and one of text vectors."""

import asyncio
import json
from collections.abc import AsyncGenerator, Sequence
from dataclasses import dataclass, field

import pytest

from shared.ai.port import (
    ChatRequest,
    Completion,
    Embeddings,
    Finished,
    StreamEvent,
    TextDelta,
    ToolCall,
    ToolCalls,
    Usage,
)
from shared.ai.registry import registry
from shared.core.settings import forget_settings

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


@dataclass
class Meanings:
    """An `EmbeddingProvider` that knows two topics: giving money back, and the product.

    A text is `tokens` long, for one micro-unit each; 0 is a server that sends no usage.
    """

    tokens: int = 100
    failure: Exception | None = None
    name: str = "vectors"
    asked: list[list[str]] = field(default_factory=list)

    async def embed(self, model: str, texts: list[str]) -> Embeddings:
        self.asked.append(texts)
        if self.failure:
            raise self.failure
        return Embeddings([_meaning(text) for text in texts], Usage(self.tokens * len(texts), 0))


def serve_embeddings(patch: pytest.MonkeyPatch, meanings: Meanings) -> Meanings:
    """Configure an embedding model and let this one answer in its place."""
    model = {"id": "meanings", "kind": "embedding", "currency": "CNY", "rates": [{"input": "1"}]}
    provider = {
        "name": meanings.name,
        "kind": "openai-compatible",
        "base_url": "http://vectors.example/v1",
        "keyless": True,
        "models": [model],
    }
    patch.setenv("PROVIDERS", json.dumps([provider]))
    forget_settings()
    patch.setitem(registry()._embedders, meanings.name, meanings)
    return meanings


def _meaning(text: str) -> list[float]:
    known = {"退款": [1.0, 0.0], "money": [0.9, 0.1], "RC-2045": [0.0, 1.0]}
    return next((vector for word, vector in known.items() if word in text), [0.5, 0.5])
