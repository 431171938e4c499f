"""Reading what callers' links lead to, over real TLS: redirects, limits, trusted hosts."""

import json
from collections.abc import Callable

import httpx
import pytest
from aiohttp import web

from shared.core.settings import forget_settings
from shared.messaging.webhooks.addresses import UnsafeAddress
from shared.messaging.webhooks.outbound import Outbound, TooLarge
from tests.integration.webhooks.conftest import HOST, Receiver

Answer = Callable[[web.Request], web.StreamResponse]


async def read(receiver: Receiver, answer: Answer, most_bytes: int = 100) -> bytes:
    receiver.answer = answer
    return await receiver.outbound().read(receiver.url(), most_bytes=most_bytes, timeout_s=5)


def to(location: str) -> Answer:
    """A redirect of the first path, the second answers."""
    return lambda request: (
        web.Response(status=302, headers={"Location": location})
        if request.path == "/hook"
        else web.Response(body=b"found")
    )


async def test_what_is_there_is_read(receiver: Receiver) -> None:
    assert await read(receiver, lambda _: web.Response(body=b"picture")) == b"picture"
    headers, _ = receiver.taken[0]
    assert headers["Host"] == f"{HOST}:{receiver.port}"


@pytest.mark.parametrize("location", ["/elsewhere", "elsewhere", "https://{host}/elsewhere"])
async def test_a_redirect_is_followed_and_its_name_looked_up(
    receiver: Receiver, location: str
) -> None:
    location = location.format(host=f"other.example:{receiver.port}")
    if location.startswith("https"):
        with pytest.raises(httpx.ConnectError):  # its certificate names another host
            await read(receiver, to(location))
        assert receiver.asked == [HOST, "other.example"]
    else:
        assert await read(receiver, to(location)) == b"found"


@pytest.mark.parametrize(
    ("location", "reason"),
    [
        ("http://hooks.example/plain", "not_https"),
        ("https://user:pw@hooks.example/", "credentials_in_url"),
        ("https://[/", "not_a_url"),
        ("file:///etc/passwd", "not_https"),
    ],
)
async def test_a_redirect_to_what_must_not_be_called_is_refused(
    receiver: Receiver, location: str, reason: str
) -> None:
    with pytest.raises(UnsafeAddress) as refused:
        await read(receiver, to(location))
    assert refused.value.reason == reason
    assert len(receiver.taken) == 1


async def test_a_circle_of_redirects_ends(receiver: Receiver) -> None:
    with pytest.raises(httpx.TooManyRedirects):
        await read(receiver, lambda _: web.Response(status=307, headers={"Location": "/hook"}))
    assert len(receiver.taken) == 4


async def test_more_than_was_allowed_is_not_read_on(receiver: Receiver) -> None:
    assert len(await read(receiver, lambda _: web.Response(body=bytes(100)))) == 100
    with pytest.raises(TooLarge):
        await read(receiver, lambda _: web.Response(body=bytes(101)))


@pytest.mark.parametrize("status", [404, 500])
async def test_what_is_not_there_is_an_error(receiver: Receiver, status: int) -> None:
    with pytest.raises(httpx.HTTPStatusError):
        await read(receiver, lambda _: web.Response(status=status))


async def test_a_trusted_host_may_be_on_this_machine_and_no_other(
    receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TRUSTED_HOSTS", json.dumps({f"localhost:{receiver.port}": "no PEM"}))
    forget_settings()
    outbound = Outbound.from_env()
    assert [*outbound.trusted] == [f"localhost:{receiver.port}"]
    for url in (f"https://127.0.0.1:{receiver.port}/", f"https://localhost:{receiver.port + 1}/"):
        with pytest.raises(UnsafeAddress, match="not_public"):
            await outbound.read(url, most_bytes=9, timeout_s=5)
    assert receiver.taken == []


async def test_nothing_is_trusted_unless_it_is_set(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("TRUSTED_HOSTS", raising=False)
    forget_settings()
    assert Outbound.from_env().trusted == {}
