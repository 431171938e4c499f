"""The provider-neutral port: what a chat model is asked, and what it answers."""

from collections.abc import AsyncGenerator, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, Protocol

Role = Literal["system", "user", "assistant", "tool"]
FinishReason = Literal["stop", "length", "tool_calls", "content_filter"]


@dataclass(frozen=True, slots=True)
class ToolCall:
    """A tool the model wants run; `arguments` is the model's JSON text and may be invalid."""

    id: str
    name: str
    arguments: str


@dataclass(frozen=True, slots=True)
class ToolSpec:
    """A tool offered to the model; `parameters` is a JSON Schema object."""

    name: str
    description: str
    parameters: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Message:
    """One turn. A `tool` message answers `tool_call_id`; `reasoning` goes back with tool calls.

    DeepSeek refuses a turn that used tools when the assistant's reasoning is not sent back.
    """

    role: Role
    content: str
    tool_calls: tuple[ToolCall, ...] = ()
    tool_call_id: str | None = None
    reasoning: str | None = None


@dataclass(frozen=True, slots=True)
class ChatRequest:
    """A chat call. A field left None is not sent, so that the provider's own default holds."""

    model: str
    messages: tuple[Message, ...]
    temperature: float | None = None
    max_tokens: int | None = None
    top_p: float | None = None
    stop: tuple[str, ...] = ()
    tools: tuple[ToolSpec, ...] = ()
    tool_choice: str | Mapping[str, Any] | None = None
    response_format: Mapping[str, Any] | None = None


@dataclass(frozen=True, slots=True)
class Usage:
    """Tokens of one call. `cached_tokens` are part of `prompt_tokens`.

    `estimated` is set when the provider sent no usage and the counts are our estimate.
    """

    prompt_tokens: int
    completion_tokens: int
    cached_tokens: int = 0
    estimated: bool = False

    def __add__(self, other: "Usage") -> "Usage":
        return Usage(
            self.prompt_tokens + other.prompt_tokens,
            self.completion_tokens + other.completion_tokens,
            self.cached_tokens + other.cached_tokens,
            self.estimated or other.estimated,
        )


@dataclass(frozen=True, slots=True)
class Completion:
    """A whole answer. Either `content` is not blank or there is at least one tool call."""

    content: str
    finish_reason: FinishReason
    usage: Usage
    tool_calls: tuple[ToolCall, ...] = ()
    reasoning: str | None = None


@dataclass(frozen=True, slots=True)
class TextDelta:
    """A piece of the answer, never empty."""

    text: str


@dataclass(frozen=True, slots=True)
class ToolCalls:
    """The complete tool calls of the turn, at most once per stream, before `Finished`."""

    calls: tuple[ToolCall, ...]
    reasoning: str | None = None


@dataclass(frozen=True, slots=True)
class Finished:
    """The last event of a stream that ended well."""

    reason: FinishReason
    usage: Usage


StreamEvent = TextDelta | ToolCalls | Finished


class ChatProvider(Protocol):
    """A model provider. Every failure is an `AIServiceError` (shared/ai/errors.py)."""

    @property
    def name(self) -> str: ...

    async def complete(self, request: ChatRequest) -> Completion:
        """Ask for a whole answer."""
        ...

    def stream(self, request: ChatRequest) -> AsyncGenerator[StreamEvent, None]:
        """Ask for an answer piece by piece.

        `aclose()` on the generator closes the provider's connection; at most one more of its
        chunks is read. A failure after the first event is raised from the iteration.
        """
        ...


@dataclass(frozen=True, slots=True)
class Embeddings:
    """Vectors in the order of the texts, with the tokens they cost."""

    vectors: list[list[float]] = field(default_factory=list)
    usage: Usage = field(default_factory=lambda: Usage(0, 0))


class EmbeddingProvider(Protocol):
    """A provider of text vectors."""

    @property
    def name(self) -> str: ...

    async def embed(self, model: str, texts: list[str]) -> Embeddings: ...
