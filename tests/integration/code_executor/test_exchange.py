"""Servers that speak HTTP strangely, or not at all: one request over a connection of its own."""

import asyncio
import json
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import replace

import pytest

from functions.code_executor.fetching.client import Answer, FetchClient
from functions.code_executor.fetching.operations import Fetch

GET = Fetch(1, "", "GET", (), "follow", None)


class Server:
    """Answers every connection with these bytes and closes it; keeps what it has received."""

    def __init__(self, answer: bytes) -> None:
        self.answer = answer
        self.received = b""
        self.served = asyncio.Event()

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(ConnectionError):  # the client may have heard enough
            self.received = await reader.read(65_536)
            writer.write(self.answer)
            await writer.drain()
        writer.close()
        with suppress(ConnectionError):
            await writer.wait_closed()
        self.served.set()


async def resolve(host: str, port: int) -> Sequence[str]:
    return ["127.0.0.1"]


async def ask(server: Server, fetch: Fetch = GET) -> Answer:
    listening = await asyncio.start_server(server.serve, "127.0.0.1", 0)
    server.served.clear()
    async with listening:
        port = listening.sockets[0].getsockname()[1]
        client = FetchClient(30.0, 5_242_880, 5, resolve, lambda address: True)
        url = f"http://api.example:{port}/a?b={{c}}"
        answer = await client.perform(replace(fetch, url=url))
        await asyncio.wait_for(server.served.wait(), 30)
    return answer


async def test_a_request_has_its_host_first_and_ends_its_connection():
    server = Server(b"HTTP/1.1 204 No Content\r\n\r\n")

    answer = await ask(server)

    lines = server.received.decode().split("\r\n")
    assert lines[0] == "GET /a?b={c} HTTP/1.1"
    assert lines[1].startswith("Host: api.example:")
    assert "Connection: close" in lines
    assert not any(line.lower().startswith("content-length") for line in lines)
    assert json.loads(answer.about)["statusText"] == "No Content"


@pytest.mark.parametrize(
    ("method", "body", "length"), [("POST", None, 0), ("PUT", b"", 0), ("DELETE", b"abc", 3)]
)
async def test_a_body_is_announced(method: str, body: bytes | None, length: int):
    server = Server(b"HTTP/1.1 200 OK\r\n\r\n")

    await ask(server, replace(GET, method=method, body=body))

    assert f"Content-Length: {length}\r\n".encode() in server.received


async def test_what_only_informs_comes_before_the_response():
    head = b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\n"

    answer = await ask(Server(head + b"HTTP/1.1 200 OK\r\nX-A: 1\r\nx-a: 2\r\n\r\nabc"))

    about = json.loads(answer.about)
    assert (about["status"], about["headers"]) == (200, [["X-A", "1"], ["x-a", "2"]])
    assert answer.body == b"abc"


async def test_a_server_may_refuse_before_it_has_read_all():
    refused = b"HTTP/1.1 413 Too Large\r\nContent-Length: 2\r\n\r\nno"

    answer = await ask(Server(refused), replace(GET, method="POST", body=b"x" * 200_000))

    assert json.loads(answer.about)["status"] == 413
    assert answer.body == b"no"


@pytest.mark.parametrize(
    "answer",
    [
        b"",
        b"SSH-2.0-OpenSSH_9\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nabc",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
        b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nX: " + b"y" * 200_000,
    ],
)
async def test_what_is_no_response_is_an_error_of_the_connection(answer: bytes):
    about = json.loads((await ask(Server(answer))).about)

    assert about["error"]["code"] == "ERR_CONNECTION"


async def test_a_header_that_no_connection_can_carry_is_an_error_of_the_connection():
    server = Server(b"HTTP/1.1 200 OK\r\n\r\n")

    for value in ("中", " x"):
        answer = await ask(server, replace(GET, headers=(("a", value),)))
        assert json.loads(answer.about)["error"]["code"] == "ERR_CONNECTION"
    assert server.received == b""
