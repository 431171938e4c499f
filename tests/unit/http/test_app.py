"""What every API answers, whatever the function: envelope, request id, errors, limits."""

import logging
from typing import Annotated, Literal

import pytest
from fastapi import APIRouter, Form
from pydantic import BaseModel, ConfigDict, Field

from shared.core.errors import Conflict, RateLimited, Unauthorized, UpstreamError
from shared.core.text import Text
from shared.http.app import create_app, lambda_handler
from shared.http.context_middleware import BODY_LIMIT_BYTES
from shared.http.envelope import success
from shared.http.paging import Page, Paging
from tests.support.http import Client

router = APIRouter(prefix="/api/v1/things")


class Inner(BaseModel):
    temperature: Annotated[float, Field(ge=0, le=2)] = 0.7


class Thing(BaseModel):
    model_config = ConfigDict(extra="forbid")
    name: Annotated[str, Field(min_length=1, max_length=5)]
    kind: Literal["a", "b"] = "a"
    inner: Inner = Inner()


@router.get("")
async def list_things(paging: Paging) -> object:
    return success(Page.cut(list(range(7)), paging))


@router.post("")
async def create_thing(thing: Thing) -> object:
    return success(thing, Text("创建成功", "Created"), status=201)


@router.get("/conflict")
async def conflict() -> None:
    raise Conflict


@router.get("/limited")
async def limited() -> None:
    raise RateLimited(retry_after=7)


@router.get("/private")
async def private() -> None:
    raise Unauthorized


@router.get("/upstream")
async def upstream() -> None:
    raise UpstreamError(details={"provider": "p", "reason": "r"})


@router.get("/broken")
async def broken() -> None:
    raise ZeroDivisionError("secret internals")


@router.post("/form")
async def form(name: Annotated[str, Form()]) -> object:
    return success({"name": name})


client = Client(lambda_handler(create_app("things", [router])))


def test_success_has_the_envelope_and_chinese_text_unescaped() -> None:
    answer = client.post("/api/v1/things", {"name": "你好"})
    assert answer.status == 201
    assert answer.headers["content-type"] == "application/json"
    assert set(answer.body) == {"success", "data", "message", "timestamp", "request_id"}
    assert answer.body["message"] == "创建成功"
    assert "你好" in answer.text


def test_messages_follow_accept_language() -> None:
    answer = client.call(
        "POST", "/api/v1/things", body={"name": "x"}, headers={"accept-language": "en"}
    )
    assert answer.body["message"] == "Created"


def test_a_visible_ascii_request_id_is_kept_and_any_other_replaced() -> None:
    kept = client.call("GET", "/api/v1/things", headers={"x-request-id": "abc-1"})
    assert kept.headers["x-request-id"] == kept.body["request_id"] == "abc-1"
    for bad in ("", "with space", "x" * 129, "é"):
        answer = client.call("GET", "/api/v1/things", headers={"x-request-id": bad})
        assert answer.headers["x-request-id"] == answer.body["request_id"] != bad
        assert len(answer.body["request_id"]) == 36


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({}, "name"),
        ({"name": ""}, "name"),
        ({"name": 3}, "name"),
        ({"name": "abcdef"}, "name"),
        ({"name": "a", "kind": "c"}, "kind"),
        ({"name": "a", "inner": {"temperature": 3}}, "inner.temperature"),
        ({"name": "a", "extra": 1}, "extra"),
        ([], "body"),
    ],
)
def test_a_validation_failure_names_the_field(body: object, field: str) -> None:
    answer = client.post("/api/v1/things", body)
    assert answer.status == 400
    assert answer.error["code"] == "INVALID_REQUEST"
    assert answer.error["details"]["field"] == field
    assert answer.error["details"]["reason"]
    assert answer.error["details"]["errors"][0]["field"] == field


def test_all_failing_fields_are_listed() -> None:
    answer = client.post("/api/v1/things", {"name": "", "kind": "x"})
    assert [item["field"] for item in answer.error["details"]["errors"]] == ["name", "kind"]


def test_malformed_json_is_a_400_of_the_body() -> None:
    answer = client.call(
        "POST", "/api/v1/things", raw=b"{nope", headers={"content-type": "application/json"}
    )
    assert (answer.status, answer.error["details"]["field"]) == (400, "body")


@pytest.mark.parametrize(
    "raw",
    [b'{"name": "\xff"}', b"[" * 100_000, b'{"name": {"a": ' * 5000, b"1" * 5000],
    ids=["not UTF-8", "nested lists", "nested objects", "a number without end"],
)
def test_a_body_that_cannot_be_read_is_a_400_of_the_body(raw: bytes) -> None:
    headers = {"content-type": "application/json"}
    answer = client.call("POST", "/api/v1/things", raw=raw, headers=headers)
    assert (answer.status, answer.error["details"]["field"]) == (400, "body")
    assert answer.error["details"]["reason"] == "cannot be read"


@pytest.mark.parametrize(
    ("path", "status", "code"),
    [
        ("/api/v1/things/conflict", 409, "CONFLICT"),
        ("/api/v1/things/limited", 429, "RATE_LIMITED"),
        ("/api/v1/things/upstream", 502, "UPSTREAM_ERROR"),
        ("/api/v1/nothing", 404, "NOT_FOUND"),
    ],
)
def test_errors_have_their_status_and_code(path: str, status: int, code: str) -> None:
    answer = client.get(path)
    assert (answer.status, answer.error["code"]) == (status, code)
    assert set(answer.body) == {"success", "error", "timestamp", "request_id"}


def test_retry_after_is_a_header() -> None:
    assert client.get("/api/v1/things/limited").headers["retry-after"] == "7"


def test_a_401_names_the_scheme() -> None:
    answer = client.get("/api/v1/things/private")
    assert (answer.status, answer.headers["www-authenticate"]) == (401, "Bearer")


def test_an_unknown_method_is_a_405_envelope() -> None:
    answer = client.delete("/api/v1/things")
    assert (answer.status, answer.error["code"]) == (405, "METHOD_NOT_ALLOWED")
    assert answer.headers["allow"] == "GET, POST"
    assert client.delete("/api/v1/things/broken").headers["allow"] == "GET"


def test_a_crash_shows_no_internals_and_is_logged(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.ERROR):
        answer = client.get("/api/v1/things/broken")
    assert (answer.status, answer.error["code"]) == (500, "INTERNAL_ERROR")
    assert "secret" not in answer.text


def test_a_trailing_slash_is_the_same_path() -> None:
    assert client.get("/api/v1/things/").status == 200


def test_an_oversized_body_is_a_413_envelope() -> None:
    raw = b'{"name":"' + b"x" * BODY_LIMIT_BYTES + b'"}'
    declared = client.call(
        "POST", "/api/v1/things", raw=raw, headers={"content-type": "application/json"}
    )
    assert (declared.status, declared.error["code"]) == (413, "PAYLOAD_TOO_LARGE")


def test_an_oversized_body_is_refused_also_when_its_length_was_not_declared() -> None:
    raw = b'{"name":"' + b"x" * BODY_LIMIT_BYTES + b'"}'
    headers = {"content-type": "application/json", "content-length": "12"}
    answer = client.call("POST", "/api/v1/things", raw=raw, headers=headers)
    assert (answer.status, answer.error["code"]) == (413, "PAYLOAD_TOO_LARGE")


@pytest.mark.parametrize(
    ("query", "items", "pages"),
    [
        ({}, 7, 1),
        ({"page": 2, "page_size": 3}, 3, 3),
        ({"page": 9, "page_size": 3}, 0, 3),
        ({"page": 10**40, "page_size": 3}, 0, 3),
    ],
)
def test_paging(query: dict[str, int], items: int, pages: int) -> None:
    data = client.get("/api/v1/things", **query).data
    assert (len(data["items"]), data["total"], data["total_pages"]) == (items, 7, pages)


@pytest.mark.parametrize(
    "query", [{"page": 0}, {"page_size": 0}, {"page_size": 101}, {"page": "x"}]
)
def test_paging_outside_its_range_names_the_field(query: dict[str, object]) -> None:
    answer = client.get("/api/v1/things", **query)
    assert (answer.status, answer.error["details"]["field"]) == (400, next(iter(query)))
