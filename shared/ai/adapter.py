"""What one provider's adapter offers; retry, breaker and keys are put around it."""

from collections.abc import AsyncGenerator
from typing import Protocol

from shared.ai.port import ChatRequest, Completion, Embeddings, StreamEvent


class ChatAdapter(Protocol):
    """A single call each, with the key given ("" where the provider needs none)."""

    name: str

    async def complete(self, request: ChatRequest, key: str) -> Completion: ...

    def stream(self, request: ChatRequest, key: str) -> AsyncGenerator[StreamEvent, None]: ...


class EmbeddingAdapter(Protocol):
    """A single call, the vectors in the order of the texts."""

    name: str

    async def embed(self, model: str, texts: list[str], key: str) -> Embeddings: ...
