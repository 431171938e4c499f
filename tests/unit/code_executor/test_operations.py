"""What a child asks for is read as what a stranger says; what it is sent is bounded."""

import gzip
import json
import zlib
from collections.abc import AsyncIterator, Iterable
from typing import Any

import pytest

from functions.code_executor.fetching.decoding import TooLarge, Undecodable, read_body
from functions.code_executor.fetching.operations import (
    BadOperation,
    Cancel,
    Fetch,
    read_operation,
)

GOOD: dict[str, Any] = {
    "op": "fetch", "id": 1, "url": "https://a.example/", "method": "GET",
    "headers": [["X-A", "b"]], "redirect": "follow", "body": None,
}  # fmt: skip


def line(**changes: Any) -> bytes:
    return json.dumps({**GOOD, **changes}).encode()


def test_a_request_is_read():
    assert read_operation(line(body="AP8=")) == Fetch(
        1, "https://a.example/", "GET", (("X-A", "b"),), "follow", b"\x00\xff"
    )
    assert read_operation(b'{"op": "cancel", "id": 4}') == Cancel(4)


@pytest.mark.parametrize(
    "name", ["Host", "Connection", "Content-Length", "Transfer-Encoding", "Upgrade", "TE",
             "Proxy-Authorization", "Accept-Encoding", "Sec-Fetch-Mode", "Expect"],
)  # fmt: skip
def test_headers_of_the_connection_are_left_out(name: str):
    operation = read_operation(line(headers=[[name, "x"], ["X-A", "b"]]))

    assert isinstance(operation, Fetch)
    assert operation.headers == (("X-A", "b"),)


@pytest.mark.parametrize(
    "broken",
    [
        b"", b"{", b"[]", b"null", b"{}", b"[" * 100_000, b'{"op": "cancel"}',
        line(id="x"), line(body="***"), line(body=5), line(headers=5), line(headers=[["a"]]),
        line(headers=[[1, "b"]]), line(headers=[["a", "b\r\nc: d"]]), line(headers=[["a b", "c"]]),
        line(headers=[["a\r\nb", "c"]]), line(method="GET /x HTTP/1.1\r\n"), line(method=""),
        line(redirect="always"), line(headers=[["a", "b"]] * 101),
        line(headers=[["a", "b" * 40_000]]), line(headers=[["a", "b\0"]]),
    ],
)  # fmt: skip
def test_anything_else_is_no_operation(broken: bytes):
    with pytest.raises(BadOperation):
        read_operation(broken)


async def chunks(parts: Iterable[bytes]) -> AsyncIterator[bytes]:
    for part in parts:
        yield part


def raw_deflate(content: bytes) -> bytes:
    packer = zlib.compressobj(9, zlib.DEFLATED, -15)
    return packer.compress(content) + packer.flush()


@pytest.mark.parametrize(
    ("encoding", "packed"),
    [
        ("", b"content"),
        ("gzip", gzip.compress(b"content")),
        (" GZIP ", gzip.compress(b"content")),
        ("deflate", zlib.compress(b"content")),
        ("deflate", raw_deflate(b"content")),
        ("br", b"content"),
    ],
)
async def test_a_body_is_decoded(encoding: str, packed: bytes):
    assert await read_body(chunks([packed[:3], packed[3:]]), encoding, 100) == b"content"


async def test_a_body_may_have_exactly_its_limit():
    assert await read_body(chunks([b"x" * 50, b"x" * 50]), "", 100) == b"x" * 100
    assert len(await read_body(chunks([gzip.compress(b"x" * 100)]), "gzip", 100)) == 100


@pytest.mark.parametrize(
    ("encoding", "packed"),
    [
        ("", b"x" * 101),
        ("gzip", gzip.compress(bytes(2**26), 9)),
        ("gzip", gzip.compress(b"x" * 101)),
    ],
)
async def test_a_body_beyond_its_limit_is_not_decoded_further(encoding: str, packed: bytes):
    with pytest.raises(TooLarge):
        await read_body(chunks([packed]), encoding, 100)


@pytest.mark.parametrize("encoding", ["gzip", "deflate"])
async def test_a_body_of_another_encoding_is_refused(encoding: str):
    with pytest.raises(Undecodable):
        await read_body(chunks([b"this is neither"]), encoding, 100)
