"""Text vectors from the configured embedding model, where there is one."""

from collections.abc import Sequence

from shared.ai.port import Embeddings, Usage
from shared.ai.registry import registry


async def embed(texts: Sequence[str]) -> list[list[float]] | None:
    """Vectors of the texts in their order; None where no embedding model is configured.

    Raises:
        AIServiceError: the provider failed after retries.
    """
    found = await embed_with_usage(texts)
    return found.vectors if found else None


async def embed_with_usage(texts: Sequence[str]) -> Embeddings | None:
    """As `embed`, with the tokens it cost."""
    configured = registry().embedding()
    if configured is None:
        return None
    provider, settings, model = configured
    vectors: list[list[float]] = []
    usage = Usage(0, 0)
    for start in range(0, len(texts), settings.embedding_batch):
        batch = list(texts[start : start + settings.embedding_batch])
        answer = await provider.embed(model.id, batch)
        vectors += answer.vectors
        usage += answer.usage
    return Embeddings(vectors, usage)


def embedding_model() -> str | None:
    """The id of the configured embedding model: vectors of different models do not compare."""
    configured = registry().embedding()
    return configured[2].id if configured else None
