"""Abuse 28–29: requests that reach inside, and answers that never fit or end."""

import base64
import time
from collections.abc import Iterator

import pytest

from functions.code_executor.fetching.client import FetchClient
from shared.net.addresses import is_public
from tests.integration.code_executor.fetching.web_server import INSIDE, World
from tests.support.code import Engine

CODE = (
    "try { const r = await fetch(input.url); return [r.status] } catch (e) { return [e.name,"
    " e.code ?? null] }"
)
BLOCKED = ["TypeError", "ERR_BLOCKED_ADDRESS"]

INNER = [
    "http://127.0.0.1/", "http://127.1/", "http://2130706433/", "http://0x7f000001/",
    "http://0177.0.0.1/", "http://0/", "http://localhost/", "http://localhost./",
    "http://[::1]/", "http://[::]/", "http://[::ffff:127.0.0.1]/", "http://[::ffff:7f00:1]/",
    "http://169.254.169.254/latest/meta-data/", "http://[fd00:ec2::254]/", "http://169.254.170.2/",
    "http://[64:ff9b::7f00:1]/", "http://[2002:7f00:1::]/", "http://100.64.0.1/",
    "http://198.18.0.1/", "http://10.0.0.1/", "http://172.16.0.1/", "http://192.168.1.1/",
    "http://[fe80::1]/", "http://0.0.0.0/", "http://255.255.255.255/", "http://224.0.0.1/",
    "http://168.63.129.16/", "https://127.0.0.1:8443/", "http://①②⑦.0.0.1/",
]  # fmt: skip


@pytest.fixture(scope="module")
def strict() -> Iterator[Engine]:
    """As deployed: names are looked up, only public addresses are allowed."""
    engine = Engine()
    yield engine
    engine.executor.close()


@pytest.mark.parametrize("url", INNER)
def test_29_inner_addresses_are_refused_in_every_spelling(strict: Engine, url: str):
    assert strict.result(CODE, {"url": url}) == BLOCKED


@pytest.mark.parametrize(
    "url",
    ["file:///etc/passwd", "ftp://a.example/", "gopher://a.example/", "data:text/plain,x",
     "http://user:word@a.example/", "//a.example/", "/etc/passwd", "http://", "",
     "javascript:1", "http://a b/", "http://%00/"],
)  # fmt: skip
def test_29_other_schemes_and_broken_urls_are_type_errors(strict: Engine, url: str):
    assert strict.result(CODE, {"url": url})[0] == "TypeError"


def test_29_a_name_that_changes_its_address_is_looked_up_once(engine: Engine, world: World):
    """It is connected to what was checked, whatever the name says a moment later."""
    world.names["rebind.example"] = [["127.0.0.1"], [INSIDE]]
    url = world.plain_url("/echo", "rebind.example")

    assert engine.result(CODE, {"url": url}) == [200]
    assert engine.result(CODE, {"url": url}) == BLOCKED
    assert len(world.seen) == 1


def test_29_one_inner_address_among_others_is_enough(engine: Engine, world: World):
    world.names["both.example"] = [["127.0.0.1", INSIDE]]

    assert engine.result(CODE, {"url": world.plain_url("/", "both.example")}) == BLOCKED


def test_29_a_redirect_inside_is_refused(engine: Engine, world: World):
    to = f"http://{INSIDE}:{world.http_port}/echo"

    assert engine.result(CODE, {"url": world.url(f"/redirect?to={to}")}) == BLOCKED
    assert [path for _, path, _, _ in world.seen] == [f"/redirect?to={to}"]


@pytest.mark.parametrize("to", ["file:///etc/passwd", "gopher://x/", "http://u:p@api.example/"])
def test_29_a_redirect_to_another_scheme_is_refused(engine: Engine, world: World, to: str):
    assert engine.result(CODE, {"url": world.url(f"/redirect?to={to}")})[0] == "TypeError"


def test_29_redirects_end(engine: Engine, world: World):
    assert engine.result(CODE, {"url": world.url("/round")})[1] == "ERR_TOO_MANY_REDIRECTS"
    assert len(world.seen) == 6


def test_29_ports_of_other_services_are_refused(engine: Engine):
    assert engine.result(CODE, {"url": "http://api.example:25/"})[1] == "ERR_BLOCKED_PORT"


@pytest.mark.parametrize(
    ("path", "reason"),
    [
        ("/bomb", "ERR_RESPONSE_TOO_LARGE"),
        ("/large?size=5242881", "ERR_RESPONSE_TOO_LARGE"),
        ("/large?size=52428800", "ERR_RESPONSE_TOO_LARGE"),
        ("/broken", "ERR_CONTENT_DECODING"),
    ],
)
def test_29_a_body_that_does_not_fit_is_cut(engine: Engine, world: World, path: str, reason: str):
    assert engine.result(CODE, {"url": world.plain_url(path)}) == ["TypeError", reason]


def test_29_a_body_may_have_5_mib(engine: Engine, world: World):
    code = "return (await (await fetch(input.url)).arrayBuffer()).byteLength"

    assert engine.result(code, {"url": world.plain_url("/large?size=5242880")}) == 5_242_880


@pytest.mark.parametrize("path", ["/drip", "/slow?s=30"])
def test_29_an_answer_that_takes_too_long_is_cut(engine: Engine, world: World, path: str):
    begun = time.monotonic()

    assert engine.result(CODE, {"url": world.plain_url(path)}) == ["TimeoutError", 23]
    assert time.monotonic() - begun < 25  # not the 30 s of the server, nor for ever


@pytest.mark.parametrize(
    "init",
    ["{headers: {a: 'b\\r\\nc: d'}}", "{headers: {'a\\r\\nb': 'c'}}", "{method: 'GET\\r\\nX: y'}",
     "{method: 'CONNECT'}", "{method: 'TRACE'}", "{body: 'x'}", "{headers: {a: '中'}}"],
)  # fmt: skip
def test_29_what_would_break_a_request_is_a_type_error(engine: Engine, world: World, init: str):
    code = f"try {{ await fetch(input.url, {init}) }} catch (e) {{ return e.name }}"

    assert engine.result(code, {"url": world.plain_url("/echo")}) == "TypeError"
    assert world.seen == []


def test_29_line_ends_in_a_url_do_not_reach_the_wire(engine: Engine, world: World):
    engine.result(CODE, {"url": world.plain_url("/a\r\nX-Evil: 1")})

    assert "x-evil" not in world.seen[0][2]


def test_28_the_twenty_first_request_is_refused(engine: Engine, world: World):
    code = (
        "const all = await Promise.allSettled(Array.from({length: 25}, () => fetch(input.url)));"
        "return [all.filter(x => x.status === 'fulfilled').length, all[20].reason.code]"
    )

    assert engine.result(code, {"url": world.plain_url("/echo")}) == [20, "ERR_TOO_MANY_REQUESTS"]
    assert len(world.seen) == 20


def test_28_a_hundred_thousand_requests_are_one_error(engine: Engine, world: World):
    code = (
        "const all = []; for (let i = 0; i < 1e5; i++) all.push(fetch(input.url)); await"
        " Promise.all(all)"
    )

    assert engine.error(code, {"url": world.plain_url("/slow?s=0.1")}).type == "TypeError"
    assert len(world.seen) <= 20


def test_28_a_large_request_is_refused_before_it_is_sent(engine: Engine, world: World):
    code = (
        "try { await fetch(input.url, {method: 'POST', body: 'x'.repeat(1e8)}) } catch (e) {"
        " return e.code }"
    )

    outcome = engine.run(code, {"url": world.plain_url("/echo")})
    assert outcome.result_json == b'"ERR_REQUEST_TOO_LARGE"' or (
        outcome.error is not None and outcome.error.type in ("MemoryError", "RangeError")
    )
    assert world.seen == []


def test_a_request_that_nobody_awaits_ends_with_its_execution(engine: Engine, world: World):
    assert engine.result("fetch(input.url); return 1", {"url": world.plain_url("/drip")}) == 1
    code = "const r = fetch(input.url); await new Promise(r => setTimeout(r, 300)); return 2"
    assert engine.result(code, {"url": world.plain_url("/drip")}) == 2


def test_a_deadline_ends_requests_as_well(engine: Engine, world: World):
    error = engine.error(
        "await fetch(input.url)", {"url": world.plain_url("/slow?s=20")}, timeout_ms=500
    )

    assert error.type == "TimeoutError"


def test_the_rules_for_addresses_are_those_of_webhooks():
    client = FetchClient(1.0, 1, 1)

    assert client.allowed is is_public


def test_bodies_are_passed_on_as_base64(engine: Engine, world: World):
    code = (
        "const r = await fetch(input.url, {method: 'PUT', body: Buffer.from([0, 255, 10])});"
        " return r.status"
    )

    assert engine.result(code, {"url": world.plain_url("/echo")}) == 200
    assert base64.b64encode(world.seen[0][3]) == b"AP8K"
