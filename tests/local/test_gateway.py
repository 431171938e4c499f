"""The gateway in front of two upstreams, as a client sees it."""

import asyncio
import gzip
import io
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import aiohttp
import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer
from yarl import URL

from infra.local.gateway.app import MAX_BODY_BYTES, Upstreams, create_gateway
from tests.support.ports import own_port

STREAM = "/api/v1/chat/session_1/stream"
Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]
Client = TestClient[web.Request, web.Application]


class Upstream:
    """Answers with what it was asked, or with `handler` when a test sets one."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.handler: Handler = self._echo

    async def _echo(self, request: web.Request) -> web.StreamResponse:
        body = {
            "upstream": self.name,
            "method": request.method,
            "target": request.raw_path,
            "headers": [[key, value] for key, value in request.headers.items()],
            "bytes": len(await request.read()),
        }
        return web.json_response(body)

    async def serve(self, prefix: str) -> TestServer:
        app = web.Application(client_max_size=1 << 30)

        async def handle(request: web.Request) -> web.StreamResponse:
            return await self.handler(request)

        app.router.add_route("*", prefix + r"/{path:[\s\S]*}", handle)
        # As uvicorn does: a handler learns that its client is gone.
        server = TestServer(app, handler_cancellation=True)
        await server.start_server()
        return server


@pytest.fixture
def api() -> Upstream:
    return Upstream("api")


@pytest.fixture
def stream() -> Upstream:
    return Upstream("stream")


@pytest.fixture
async def client(api: Upstream, stream: Upstream) -> AsyncIterator[Client]:
    servers = [await api.serve("/_aws/execute-api/abc/$default"), await stream.serve("")]
    upstreams = Upstreams(
        http_api=f"http://127.0.0.1:{servers[0].port}/_aws/execute-api/abc/$default",
        chat_stream=f"http://127.0.0.1:{servers[1].port}",
    )
    gateway = TestServer(create_gateway(upstreams), handler_cancellation=True)
    async with TestClient(gateway) as client:
        yield client
    for server in servers:
        await server.close()


@pytest.mark.parametrize(
    ("path", "upstream"),
    [
        (STREAM, "stream"),
        ("/api/v1/chat/s/messages/msg_1/stream", "stream"),
        ("/api/v1/chat/s/messages/msg_1/stop", "api"),
        ("/api/v1/chat/s/complete", "api"),
        ("/api/v1/roles/stream", "api"),
        ("/", "api"),
    ],
)
async def test_path_chooses_the_upstream(client: Client, path: str, upstream: str) -> None:
    answer = await client.get(path)
    assert (await answer.json())["upstream"] == upstream


@pytest.mark.parametrize("sent", ["/a%20b/%E4%BD%A0?q=1%2F2&q=%20&empty=", "/a%0Ab%0D"])
async def test_target_reaches_the_upstream_as_it_was_sent(client: Client, sent: str) -> None:
    answer = await client.session.get(
        URL(f"{client.make_url('')}".rstrip("/") + sent, encoded=True)
    )
    assert (await answer.json())["target"] == f"/_aws/execute-api/abc/$default{sent}"


async def test_headers_of_one_connection_stay_behind(client: Client) -> None:
    sent = {
        "Connection": "keep-alive, X-Hop",
        "X-Hop": "1",
        "Keep-Alive": "timeout=5",
        "X-Forwarded-For": "10.0.0.7",
        "Authorization": "Bearer token",
    }
    answer = await client.get("/api/v1/roles", headers=sent)
    got = {key.lower(): value for key, value in (await answer.json())["headers"]}
    assert got["authorization"] == "Bearer token"
    assert got["x-forwarded-for"] == "10.0.0.7, 127.0.0.1"
    assert got["x-forwarded-host"] == f"127.0.0.1:{client.port}"
    assert not {"x-hop", "keep-alive"} & got.keys()


async def test_answer_is_passed_back_untouched(client: Client, api: Upstream) -> None:
    packed = gzip.compress("你好".encode())

    async def answer(_request: web.Request) -> web.Response:
        response = web.Response(status=201, body=packed, headers={"Content-Encoding": "gzip"})
        response.headers.add("Set-Cookie", "a=1")
        response.headers.add("Set-Cookie", "b=2")
        response.headers["X-Request-ID"] = "r-1"
        return response

    api.handler = answer
    got = await client.get("/x")
    assert (got.status, await got.text()) == (201, "你好")
    assert got.headers.getall("Set-Cookie") == ["a=1", "b=2"]
    assert got.headers["X-Request-ID"] == "r-1"


async def test_body_of_six_megabytes_passes(client: Client) -> None:
    answer = await client.post("/api/v1/documents", data=io.BytesIO(bytes(MAX_BODY_BYTES)))
    assert (await answer.json())["bytes"] == MAX_BODY_BYTES


@pytest.mark.parametrize("announced", [True, False])
async def test_larger_body_is_refused_in_the_envelope(client: Client, announced: bool) -> None:
    async def pieces() -> AsyncIterator[bytes]:
        for _ in range(7):
            yield bytes(1 << 20)

    body: Any = io.BytesIO(bytes(MAX_BODY_BYTES + 1)) if announced else pieces()
    answer = await client.post(
        "/api/v1/documents", data=body, headers={"Accept-Language": "en", "X-Request-ID": "r-2"}
    )
    failure = await answer.json()
    assert answer.status == 413
    assert failure["success"] is False
    assert failure["error"]["code"] == "PAYLOAD_TOO_LARGE"
    assert "6 MB" in failure["error"]["message"]
    assert failure["error"]["details"] == {"limit_bytes": 6 * 1024 * 1024}
    assert failure["request_id"] == answer.headers["X-Request-ID"] == "r-2"


async def test_unreachable_upstream_is_a_503_in_the_envelope() -> None:
    nowhere = f"http://127.0.0.1:{own_port()}"
    app = create_gateway(Upstreams(http_api=nowhere, chat_stream=nowhere))
    async with TestClient(TestServer(app)) as client:
        answer = await client.get("/api/v1/roles", headers={"X-Request-ID": "不可见"})
        failure = json.loads(await answer.text())
    assert (answer.status, answer.headers["Retry-After"]) == (503, "1")
    assert failure["error"]["code"] == "SERVICE_UNAVAILABLE"
    assert "无法连接" in failure["error"]["message"]
    assert len(failure["request_id"]) == 36


async def test_events_arrive_one_by_one(client: Client, stream: Upstream) -> None:
    received = asyncio.Event()

    async def events(request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse(headers={"Content-Type": "text/event-stream"})
        await response.prepare(request)
        await response.write(b"data: 1\n\n")
        await received.wait()
        await response.write(b"data: 2\n\n")
        return response

    stream.handler = events
    async with client.post(STREAM, json={"message": "hi"}) as answer:
        assert answer.headers["Content-Type"] == "text/event-stream"
        assert await answer.content.readany() == b"data: 1\n\n"
        received.set()
        assert await answer.content.readany() == b"data: 2\n\n"


async def test_client_that_leaves_ends_the_upstream_request(
    client: Client, stream: Upstream
) -> None:
    ended = asyncio.Event()

    async def endless(request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse()
        await response.prepare(request)
        try:
            while True:
                await response.write(b": ping\n\n")
                await asyncio.sleep(0.01)
        finally:
            ended.set()

    stream.handler = endless
    answer = await client.post(STREAM)
    await answer.content.readany()
    answer.close()
    await asyncio.wait_for(ended.wait(), 60)


async def test_stream_cut_by_the_upstream_is_cut_for_the_client(
    client: Client, stream: Upstream
) -> None:
    async def cut(request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse()
        await response.prepare(request)
        await response.write(b"data: 1\n\n")
        assert request.transport is not None
        request.transport.abort()
        return response

    stream.handler = cut
    answer = await client.post(STREAM)
    with pytest.raises(aiohttp.ClientError):
        await answer.read()


async def test_two_hundred_requests_at_once(client: Client, api: Upstream) -> None:
    arrived = 0
    everyone = asyncio.Event()

    async def together(request: web.Request) -> web.Response:
        nonlocal arrived
        arrived += 1
        if arrived == 200:
            everyone.set()
        await everyone.wait()
        return web.Response(text=request.query["n"])

    api.handler = together
    session = aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=0))

    async def ask(number: int) -> str:
        url = client.make_url(f"/api/v1/models?n={number}")
        async with session.get(url) as answer:
            return await answer.text()

    async with session:
        answers = await asyncio.gather(*(ask(number) for number in range(200)))
    assert answers == [str(number) for number in range(200)]
