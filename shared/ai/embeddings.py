"""Text vectors from the configured embedding model, where there is one."""

import asyncio
from collections.abc import Sequence

from shared.ai.port import Embeddings, Usage
from shared.ai.registry import registry

_AT_ONCE = 4


async def embed(texts: Sequence[str]) -> list[list[float]] | None:
    """Vectors of the texts in their order; None where no embedding model is configured.

    Raises:
        AIServiceError: the provider failed after retries.
    """
    found = await embed_with_usage(texts)
    return found.vectors if found else None


def embed_now(texts: Sequence[str]) -> list[list[float]] | None:
    """As `embed`, for code without an event loop: in one of its own, closed when it is done."""
    # With a factory the runner leaves the thread's own event loop alone.
    with asyncio.Runner(loop_factory=asyncio.new_event_loop) as runner:
        return runner.run(_embed_and_close(texts))


async def _embed_and_close(texts: Sequence[str]) -> list[list[float]] | None:
    if registry().embedding() is None:
        return None
    from shared.ai.http_client import close_http_client

    try:
        return await embed(texts)
    finally:
        await close_http_client()


async def embed_with_usage(texts: Sequence[str]) -> Embeddings | None:
    """As `embed`, with the tokens it cost."""
    configured = registry().embedding()
    if configured is None:
        return None
    provider, settings, model = configured
    size = settings.embedding_batch
    batches = [list(texts[start : start + size]) for start in range(0, len(texts), size)]
    turns = asyncio.Semaphore(_AT_ONCE)

    async def one(batch: list[str]) -> Embeddings:
        async with turns:
            return await provider.embed(model.id, batch)

    try:
        async with asyncio.TaskGroup() as group:
            tasks = [group.create_task(one(batch)) for batch in batches]
    except ExceptionGroup as failures:  # the others were cancelled with the first
        raise failures.exceptions[0] from None
    answers = [task.result() for task in tasks]
    vectors = [vector for answer in answers for vector in answer.vectors]
    return Embeddings(vectors, sum((answer.usage for answer in answers), Usage(0, 0)))


def embedding_model() -> str | None:
    """The id of the configured embedding model: vectors of different models do not compare."""
    configured = registry().embedding()
    return configured[2].id if configured else None
