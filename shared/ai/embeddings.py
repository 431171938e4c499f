"""Text vectors from the configured embedding model, where there is one."""

import asyncio
from collections.abc import Callable, Coroutine, Sequence
from typing import Any, TypeVar

from shared.ai.port import Embeddings, Usage
from shared.ai.registry import registry

_AT_ONCE = 4
T = TypeVar("T")


def run_alone(embedding: Callable[[], Coroutine[Any, Any, T]]) -> T:
    """What embeds, for code without an event loop: in one of its own, closed when it is done."""
    # With a factory the runner leaves the thread's own event loop alone.
    with asyncio.Runner(loop_factory=asyncio.new_event_loop) as runner:
        return runner.run(_run_and_close(embedding))


async def _run_and_close(embedding: Callable[[], Coroutine[Any, Any, T]]) -> T:
    from shared.ai.http_client import close_http_client

    try:
        return await embedding()
    finally:
        await close_http_client()


async def embed_with_usage(texts: Sequence[str]) -> Embeddings | None:
    """Vectors and the tokens they cost; None where no embedding model is configured.

    Raises:
        AIServiceError: the provider failed after retries.
    """
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
