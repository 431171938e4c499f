"""OpenAI-compatible servers over plain httpx: OpenAI, DeepSeek, Ark, Qwen, Ollama and others."""

import asyncio
import json
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Collection, Iterator
from contextlib import aclosing, asynccontextmanager, contextmanager
from dataclasses import replace
from typing import Any, cast

import httpx

from shared.ai.errors import (
    AIServiceError,
    InvalidProviderAnswer,
    ProviderTimeout,
    ProviderUnavailable,
)
from shared.ai.http_client import http_client
from shared.ai.openai_errors import error_of_event, error_of_response
from shared.ai.openai_wire import StreamReader, read_completion, read_usage, request_body
from shared.ai.port import ChatRequest, Completion, Embeddings, StreamEvent, TextDelta, Usage
from shared.ai.sse import EventParser, EventTooLong

_CONNECT_SECONDS = 5.0
# A connection whose answer was read to its end can serve the next call.
_DRAIN_SECONDS = 0.05
_DONE = b"[DONE]"
# json.loads would look for the encoding of each chunk first.
_decode = json.JSONDecoder().decode


class OpenAICompatible:
    """One server.

    Args:
        name: as configured, for errors and logs.
        base_url: up to and with the version, e.g. `https://api.openai.com/v1`.
        silence_s: seconds without a data event after which a call has failed. Keep-alive
            comments are no progress, hidden reasoning is.
        max_tokens_field: `max_tokens`, or `max_completion_tokens` where that was retired.
        fixed_sampling: models that refuse a temperature; it is left out for them.
        client: gives the httpx client of the running loop.
    """

    def __init__(
        self,
        name: str,
        base_url: str,
        *,
        silence_s: float = 30.0,
        max_tokens_field: str = "max_tokens",
        fixed_sampling: Collection[str] = (),
        client: Callable[[], httpx.AsyncClient] = http_client,
    ) -> None:
        self.name = name
        self._base_url = base_url.rstrip("/")
        self._silence_s = silence_s
        self._max_tokens_field = max_tokens_field
        self._fixed_sampling = fixed_sampling
        self._client = client

    async def complete(self, request: ChatRequest, key: str) -> Completion:
        """The whole answer."""
        body = self._body(request, stream=False)
        return read_completion(self.name, request, await self._post("/chat/completions", body, key))

    async def stream(self, request: ChatRequest, key: str) -> AsyncGenerator[StreamEvent, None]:
        """The answer piece by piece; see `ChatProvider.stream`."""
        body = self._body(request, stream=True)
        reader = StreamReader(self.name, request)
        parser = EventParser()
        now = asyncio.get_running_loop().time
        async with self._open(body, key) as response, aclosing(_chunks(response)) as chunks:
            with self._network_errors(InvalidProviderAnswer, "cut"):
                quiet_since = now()
                async for chunk in chunks:
                    events = parser.feed(chunk)
                    if not events:
                        self._refuse_silence(now() - quiet_since)
                        continue
                    for delta in self._deltas(reader, events):
                        yield delta
                    if reader.done:
                        break
                    quiet_since = now()
            for event in self._ending(reader, parser):
                yield event
            await _drain(chunks)

    async def embed(self, model: str, texts: list[str], key: str) -> Embeddings:
        """Vectors of the texts, in their order."""
        request = {"model": model, "input": texts, "encoding_format": "float"}
        body = json.dumps(request, ensure_ascii=False).encode()
        answer = await self._post("/embeddings", body, key)
        try:
            payload = json.loads(answer)
            entries = sorted(payload["data"], key=lambda entry: entry["index"])
            vectors = [[float(number) for number in entry["embedding"]] for entry in entries]
        except (ValueError, KeyError, TypeError) as error:
            raise InvalidProviderAnswer(self.name, _shown(answer)) from error
        if len(vectors) != len(texts):
            raise InvalidProviderAnswer(self.name, f"{len(vectors)} vectors of {len(texts)}")
        return Embeddings(vectors, read_usage(payload.get("usage")) or Usage(0, 0))

    def _body(self, request: ChatRequest, *, stream: bool) -> bytes:
        if request.model in self._fixed_sampling:
            request = replace(request, temperature=None, top_p=None)
        return request_body(request, stream=stream, max_tokens_field=self._max_tokens_field)

    async def _post(self, path: str, body: bytes, key: str) -> bytes:
        with self._network_errors(ProviderUnavailable, "connection_failed"):
            response = await self._client().post(
                self._base_url + path,
                content=body,
                headers=_headers(key),
                timeout=self._timeout(),
            )
        if not response.is_success:
            raise self._refusal(response, response.content, key)
        return response.content

    @asynccontextmanager
    async def _open(self, body: bytes, key: str) -> AsyncIterator[httpx.Response]:
        client = self._client()
        request = client.build_request(
            "POST",
            f"{self._base_url}/chat/completions",
            content=body,
            # Compression would hold pieces back.
            headers={**_headers(key), "Accept": "text/event-stream", "Accept-Encoding": "identity"},
            timeout=self._timeout(),
        )
        with self._network_errors(ProviderUnavailable, "connection_failed"):
            response = await client.send(request, stream=True)
        try:
            if not response.is_success:
                with self._network_errors(ProviderUnavailable, "connection_failed"):
                    content = await response.aread()
                raise self._refusal(response, content, key)
            yield response
        finally:
            await response.aclose()

    def _refusal(self, response: httpx.Response, content: bytes, key: str) -> AIServiceError:
        error = error_of_response(self.name, response.status_code, response.headers, content)
        if key:  # some servers repeat it, and the text is logged
            error.detail = error.detail.replace(key, "***")
        return error

    def _deltas(self, reader: StreamReader, events: list[bytes]) -> Iterator[TextDelta]:
        for data in events:
            if data == _DONE:
                reader.done = True
                return
            delta = reader.read(self._parse(data))
            if delta:
                yield delta

    def _ending(self, reader: StreamReader, parser: EventParser) -> Iterator[StreamEvent]:
        yield from self._deltas(reader, [] if reader.done else parser.close())
        if not reader.complete:
            raise InvalidProviderAnswer(self.name, "ended early", reason="cut")
        yield from reader.finish()

    def _refuse_silence(self, seconds: float) -> None:
        if seconds > self._silence_s:
            raise ProviderTimeout(self.name, "nothing but keep-alives")

    def _parse(self, data: bytes) -> Any:
        try:
            payload = _decode(data.decode())
        except ValueError as error:
            raise InvalidProviderAnswer(self.name, _shown(data)) from error
        if isinstance(payload, dict) and payload.get("error"):
            raise error_of_event(self.name, payload)
        return payload

    @contextmanager
    def _network_errors(
        self, kind: type[ProviderUnavailable] | type[InvalidProviderAnswer], reason: str
    ) -> Iterator[None]:
        """httpx's failures as ours."""
        try:
            yield
        except httpx.TimeoutException as error:
            raise ProviderTimeout(self.name, type(error).__name__) from error
        except EventTooLong as error:
            raise InvalidProviderAnswer(self.name, "endless event") from error
        except (httpx.TransportError, httpx.DecodingError) as error:
            raise kind(self.name, f"{type(error).__name__}: {error}", reason=reason) from error

    def _timeout(self) -> httpx.Timeout:
        return httpx.Timeout(self._silence_s, connect=min(_CONNECT_SECONDS, self._silence_s))


def _chunks(response: httpx.Response) -> AsyncGenerator[bytes, None]:
    # httpx says AsyncIterator; it is a generator, and closing it in time is ours to do.
    return cast(AsyncGenerator[bytes, None], response.aiter_bytes())


def _shown(body: bytes) -> str:
    return body[:200].decode("utf-8", "replace")


def _headers(key: str) -> dict[str, str]:
    headers = {"Content-Type": "application/json"}
    if key:
        headers["Authorization"] = f"Bearer {key}"
    return headers


async def _drain(chunks: AsyncIterator[bytes]) -> None:
    try:
        async with asyncio.timeout(_DRAIN_SECONDS):
            async for _ in chunks:
                pass
    except (TimeoutError, httpx.HTTPError):
        return  # the answer is complete; the connection is given up
