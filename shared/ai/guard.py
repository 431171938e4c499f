"""What stands around every call of a provider: retry, breaker, keys, time limit."""

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import aclosing
from functools import partial
from typing import TypeVar

from shared.ai.adapter import ChatAdapter, EmbeddingAdapter
from shared.ai.breaker import BreakerStore, CircuitBreaker
from shared.ai.errors import AIServiceError, ProviderTimeout
from shared.ai.key_pool import KeyPool
from shared.ai.port import ChatRequest, Completion, Embeddings, StreamEvent
from shared.ai.retry import Pause, execute_with_smart_retry

T = TypeVar("T")
Keys = Callable[[], Awaitable[tuple[str, ...]]]
_REAL = Pause()


class Guard:
    """The protection of one provider.

    A breaker belongs to a model, since models of one provider fail apart. A rejected key moves on
    to the next without a wait and is no retry.

    Args:
        name: of the provider.
        keys: gives its keys; an empty tuple where it needs none.
        store: where the breakers' state is shared.
        max_retries: further attempts after the first.
        timeout_s: of each attempt at a whole answer; streams have their adapter's own limit.
    """

    def __init__(
        self,
        name: str,
        keys: Keys,
        store: BreakerStore,
        *,
        max_retries: int = 1,
        timeout_s: float = 30.0,
        pause: Pause = _REAL,
    ) -> None:
        self.name = name
        self.timeout_s = timeout_s
        self._keys = keys
        self._store = store
        self._max_retries = max_retries
        self._pause = pause
        self._pool = KeyPool(name)
        self._breakers: dict[str, CircuitBreaker] = {}

    async def call(
        self,
        operation: str,
        model: str,
        func: Callable[[str], Awaitable[T]],
        timeout_s: float | None,
        *,
        lasting: bool = False,
    ) -> T:
        """`func(key)` under full protection.

        A `lasting` call goes on afterwards, until `report` is told its end.
        """

        async def attempt() -> T:
            async with await self._breaker(model).admit(lasting=lasting):
                return await self._limited(func, timeout_s)

        return await execute_with_smart_retry(
            attempt,
            operation_name=f"{self.name}.{operation}",
            max_retries=self._max_retries,
            timeout=None,
            pause=self._pause,
        )

    async def report(self, model: str, error: AIServiceError | None) -> None:
        """The end of a lasting call: too late for a retry, not for the breaker."""
        await self._breaker(model).report(error)

    async def _limited(self, func: Callable[[str], Awaitable[T]], timeout_s: float | None) -> T:
        keys = await self._keys()
        try:
            async with asyncio.timeout(timeout_s):
                return await self._pool.use(keys, func)
        except TimeoutError as error:
            raise ProviderTimeout(self.name, f"no answer within {timeout_s} s") from error

    def _breaker(self, model: str) -> CircuitBreaker:
        breaker = self._breakers.get(model)
        if breaker is None:
            name = f"{self.name}/{model}"
            breaker = self._breakers[model] = CircuitBreaker(name, self.name, self._store)
        return breaker


class GuardedChat:
    """A `ChatProvider` out of an adapter and its guard."""

    def __init__(self, adapter: ChatAdapter, guard: Guard) -> None:
        self.name = adapter.name
        self._adapter = adapter
        self._guard = guard

    async def complete(self, request: ChatRequest) -> Completion:
        """The whole answer."""
        call = partial(self._adapter.complete, request)
        return await self._guard.call("complete", request.model, call, self._guard.timeout_s)

    async def stream(self, request: ChatRequest) -> AsyncGenerator[StreamEvent, None]:
        """The answer piece by piece. It is tried again until its first event, never after."""

        async def opened(key: str) -> tuple[StreamEvent, AsyncGenerator[StreamEvent, None]]:
            events = self._adapter.stream(request, key)
            return await anext(events), events

        first, events = await self._guard.call("stream", request.model, opened, None, lasting=True)
        async with aclosing(events):
            yield first
            try:
                async for event in events:
                    yield event
            except AIServiceError as error:
                await self._guard.report(request.model, error)
                raise
            await self._guard.report(request.model, None)


class GuardedEmbeddings:
    """An `EmbeddingProvider` out of an adapter and its guard."""

    def __init__(self, adapter: EmbeddingAdapter, guard: Guard) -> None:
        self.name = adapter.name
        self._adapter = adapter
        self._guard = guard

    async def embed(self, model: str, texts: list[str]) -> Embeddings:
        """Vectors of the texts, in one call."""
        call = partial(self._adapter.embed, model, texts)
        return await self._guard.call("embed", model, call, self._guard.timeout_s)
