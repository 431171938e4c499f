"""fetch and axios against real servers: HTTPS to a pinned address, checked by name."""

import json

import pytest

from functions.code_executor.fetching.client import FetchClient
from tests.integration.code_executor.fetching.web_server import World
from tests.support.code import Engine


def test_a_response_has_what_the_specification_says(engine: Engine, world: World):
    code = (
        "const r = await fetch(input.url); return [r.status, r.statusText, r.ok, r.url,"
        " r.redirected, r.type,"
        " r.headers.get('content-type'), await r.json()]"
    )

    assert engine.result(code, {"url": world.url("/missing#f")}) == [
        404, "Nowhere", False, world.url("/missing"), False, "basic",
        "application/json; charset=utf-8", {"why": "gone"},
    ]  # fmt: skip


def test_a_request_carries_what_the_code_gives_and_nothing_of_the_host(
    engine: Engine, world: World
):
    code = (
        "const r = await fetch(input.url, {method: 'POST', body: JSON.stringify({a: '中'}),"
        " headers: {'Content-Type': 'application/json', 'X-Own': 'é', Host: 'evil.example',"
        " Connection: 'upgrade',"
        " 'Content-Length': '1', Cookie: 'a=b'}}); return r.json()"
    )

    echoed = engine.result(code, {"url": world.url("/echo")})

    assert echoed["method"] == "POST"
    assert echoed["body"] == '{"a":"中"}'
    headers = echoed["headers"]
    assert headers["host"] == f"api.example:{world.https_port}"
    assert headers["content-length"] == str(len('{"a":"中"}'.encode()))
    assert headers["cookie"] == "a=b"
    assert headers["user-agent"] == "rolecraft-code-block"
    assert headers["connection"] != "upgrade"


def test_bytes_come_as_they_are(engine: Engine, world: World):
    code = "return [...await (await fetch(input.url)).bytes()]"

    assert engine.result(code, {"url": world.url("/bytes")}) == list(range(256))


def test_a_packed_body_is_unpacked(engine: Engine, world: World):
    code = "return (await (await fetch(input.url)).text()).length"

    assert engine.result(code, {"url": world.url("/packed")}) == 1000


def test_a_form_is_sent_as_multipart(engine: Engine, world: World):
    code = (
        "const f = new FormData(); f.append('n', '中'); f.append('u', new Blob(['x'], {type:"
        " 'a/b'}), 'x.bin');"
        "return (await fetch(input.url, {method: 'POST', body: f})).json()"
    )

    echoed = engine.result(code, {"url": world.url("/echo")})

    kind, _, boundary = echoed["headers"]["content-type"].partition("; boundary=")
    assert kind == "multipart/form-data"
    assert echoed["body"] == (
        f'--{boundary}\r\nContent-Disposition: form-data; name="n"\r\n\r\n中\r\n'
        f'--{boundary}\r\nContent-Disposition: form-data; name="u"; filename="x.bin"\r\n'
        f"Content-Type: a/b\r\n\r\nx\r\n--{boundary}--\r\n"
    )


def test_requests_run_side_by_side(engine: Engine, world: World):
    code = (
        "const all = await Promise.all(Array.from({length: 10}, (_, n) =>"
        " fetch(input.url + '?n=' + n).then(r => r.json()))); return all.map(x => x.n)"
    )

    numbers = engine.result(code, {"url": world.plain_url("/together")})

    assert numbers == [str(n) for n in range(10)]


def test_an_outcome_counts_requests_and_knows_that_it_waited(engine: Engine, world: World):
    outcome = engine.run("await fetch(input.url); return 1", {"url": world.plain_url("/echo")})

    assert outcome.usage.fetches == 1
    assert outcome.usage.is_async
    assert not engine.run("await null; return 1").usage.is_async


@pytest.mark.parametrize(
    ("status", "method", "then"),
    [(301, "POST", "GET"), (302, "POST", "GET"), (303, "PUT", "GET"), (307, "POST", "POST"),
     (308, "PUT", "PUT"), (302, "PUT", "PUT"), (303, "HEAD", "HEAD")],
)  # fmt: skip
def test_a_redirect_is_followed_with_the_right_method(
    engine: Engine, world: World, status: int, method: str, then: str
):
    code = (
        "const r = await fetch(input.url, {method: input.method, body: input.method === 'HEAD' ?"
        " null : 'b',"
        " headers: {Authorization: 'secret'}}); return [r.redirected, r.url]"
    )
    url = world.url(f"/redirect?status={status}&to=/echo%3Fa=1")

    assert engine.result(code, {"url": url, "method": method}) == [True, world.url("/echo?a=1")]
    sent, _, headers, body = world.seen[-1]
    assert sent == then
    assert body == (b"b" if then in ("POST", "PUT") else b"")
    assert headers["authorization"] == "secret"


def test_another_origin_gets_no_credentials(engine: Engine, world: World):
    code = (
        "await fetch(input.url, {headers: {Authorization: 'secret', Cookie: 'a=b', 'X-Own':"
        " '1'}}); return 1"
    )
    url = world.url(f"/redirect?to={world.url('/echo', host='other.example')}")

    engine.result(code, {"url": url})

    headers = world.seen[-1][2]
    assert headers["host"].startswith("other.example")
    assert "authorization" not in headers
    assert "cookie" not in headers
    assert headers["x-own"] == "1"


def test_redirects_can_be_left_or_refused(engine: Engine, world: World):
    url = world.url("/redirect?to=/echo")

    code = (
        "const r = await fetch(input.url, {redirect: 'manual'}); return [r.status,"
        " r.headers.get('location')]"
    )
    assert engine.result(code, {"url": url}) == [302, "/echo"]
    refused = engine.error("await fetch(input.url, {redirect: 'error'})", {"url": url})
    assert refused.type == "TypeError"
    assert refused.line == 1


def test_a_certificate_of_another_name_is_refused(engine: Engine, world: World):
    code = "try { await fetch(input.url) } catch (e) { return [e.name, e.code] }"

    assert engine.result(code, {"url": world.url("/echo", host="wrong.example")}) == [
        "TypeError", "ERR_TLS",
    ]  # fmt: skip
    assert world.seen == []


def test_an_unknown_authority_is_refused(world: World):
    engine = Engine(make_client=lambda: FetchClient(2.0, 100, 5, world.resolve, world.allowed))
    try:
        code = "try { await fetch(input.url) } catch (e) { return e.code }"
        assert engine.result(code, {"url": world.url("/echo")}) == "ERR_TLS"
    finally:
        engine.executor.close()


def test_a_failed_request_names_the_callers_line(engine: Engine, world: World):
    error = engine.error(
        "const a = 1;\nconst r =\n  await fetch(input.url);",
        {"url": world.url("/x", "wrong.example")},
    )

    assert (error.type, error.line) == ("TypeError", 3)


AXIOS = """
const client = axios.create({baseURL: input.base, timeout: 20000, headers: {'X-Client': 'c'}});
client.interceptors.request.use(config => { config.headers['X-Added'] = 'yes'; return config });
client.interceptors.response.use(response => ({...response, seen: true}));
const posted = await client.post('/echo', {a: '中'}, {params: {q: [1, 2]}});
let failed, late, cancelled;
try { await client.get('/missing') } catch (e) {
  failed = [e.name, e.response.status, e.response.data, axios.isAxiosError(e)];
}
const slow = {params: {s: 1.5}};
try { await client.get('/slow', {...slow, timeout: 100}) } catch (e) { late = [e.code, e.name] }
const controller = new AbortController();
setTimeout(() => controller.abort(), 50);
try { await client.get('/slow', {...slow, signal: controller.signal}) } catch (e) {
  cancelled = [axios.isCancel(e), e.code];
}
const bytes = (await client.get('/bytes', {responseType: 'arraybuffer'})).data;
const form = new FormData(); form.append('k', 'v');
const sent = (await client.post('/echo', form)).data;
return {posted: posted.data, seen: posted.seen, status: posted.status, failed, late, cancelled,
  bytes: new Uint8Array(bytes).length, form: sent.headers['content-type'].split(';')[0],
  head: (await axios.head(input.base + '/echo')).status}
"""


def test_axios_has_interceptors_parameters_timeouts_and_cancellation(engine: Engine, world: World):
    result = engine.result(AXIOS, {"base": world.url("")})

    assert json.loads(result["posted"]["body"]) == {"a": "中"}
    assert result["posted"]["headers"]["x-added"] == "yes"
    assert result["posted"]["headers"]["x-client"] == "c"
    assert world.seen[0][1] == "/echo?q%5B%5D=1&q%5B%5D=2"
    assert (result["seen"], result["status"], result["head"]) == (True, 200, 200)
    assert result["failed"] == ["AxiosError", 404, {"why": "gone"}, True]
    assert result["late"] == ["ETIMEDOUT", "AxiosError"]
    assert result["cancelled"] == [True, "ERR_CANCELED"]
    assert result["bytes"] == 256
    assert result["form"] == "multipart/form-data"


def test_31_an_error_in_a_callback_of_axios_names_its_line(engine: Engine, world: World):
    code = "await axios.get(input.url).then(r => {\n  return r.data.no.such\n})"

    error = engine.error(code, {"url": world.url("/echo")})

    assert (error.type, error.line, error.column) == ("TypeError", 2, 20)


def test_axios_says_why_a_request_was_refused(engine: Engine, world: World):
    world.names["inside.example"] = [["127.0.0.3"]]

    code = (
        "try { await axios.get(input.url) } catch (e) { return [axios.isAxiosError(e),"
        " e.code, e.message] }"
    )
    kind, reason, message = engine.result(code, {"url": world.url("/", "inside.example")})

    assert (kind, reason) == (True, "ERR_BLOCKED_ADDRESS")
    assert "public" in message
