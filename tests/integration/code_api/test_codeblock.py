"""POST /flow/codeblock: what goes in and comes out."""

import base64
import json
import re
from typing import Any

import pytest

from shared.code.models import MAX_CODE_BYTES, MAX_INPUT_BYTES
from tests.support.flow import FakeExecutor, FlowClient, block, error, packed, result

TIME = re.compile(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d")


def test_a_result_has_the_contracts_fields_and_the_callers_request_id(
    client: FlowClient, token: str, executor: FakeExecutor
) -> None:
    answer = client.run(token, block("return {a: input.a}", a=1), headers={"x-request-id": "r-1"})

    assert answer.status == 200
    assert list(answer.body) == ["success", "result", "timing", "timestamp", "request_id"]
    assert (answer.body["success"], answer.body["result"]) == (True, {"a": 1})
    assert answer.body["timing"]["executionTime"] == 1.5
    assert answer.body["timing"]["totalTime"] > 0
    assert TIME.fullmatch(answer.body["timestamp"])
    assert answer.body["request_id"] == answer.headers["x-request-id"] == "r-1"
    (request,) = executor.requests
    assert (request.code, request.input_json) == ("return {a: input.a}", b'{"a":1}')
    assert request.request_id == "r-1"


@pytest.mark.parametrize(
    "text", ["null", "0", '""', "[1,2]", '"中文"', '{"k":1e400}', "12345678901234567890"]
)
def test_a_result_is_passed_on_letter_by_letter(
    client: FlowClient, token: str, executor: FakeExecutor, text: str
) -> None:
    executor.answer = lambda _: result(text)

    assert f'"result":{text},' in client.run(token).text


def test_failing_code_is_a_200_with_its_type_message_and_place(
    client: FlowClient, token: str, executor: FakeExecutor
) -> None:
    executor.answer = lambda _: error("ReferenceError", "x is not defined", 3)

    answer = client.run(token)

    assert answer.status == 200
    assert answer.body["success"] is False
    assert answer.body["error"] == {
        "type": "ReferenceError",
        "message": "x is not defined",
        "line": 3,
        "column": 1,
    }
    assert set(answer.body["timing"]) == {"executionTime", "totalTime"}


def test_an_error_without_a_place_has_no_line(
    client: FlowClient, token: str, executor: FakeExecutor
) -> None:
    executor.answer = lambda _: error("TimeoutError", "slow")

    assert set(client.run(token).body["error"]) == {"type", "message"}


def raw_of(**fields: Any) -> bytes:
    return json.dumps(fields).encode()


BAD_BODIES = {
    "nothing": (b"", "body不能为空"),
    "no JSON": (b"{", "body不是有效的JSON"),
    "NaN": (b'{"input": {"a": NaN}, "codebase64": "eA=="}', "body不是有效的JSON"),
    "no UTF-8": (b'{"input": {"a": "\xff"}, "codebase64": "eA=="}', "body不是有效的JSON"),
    "a list": (b"[]", "body必须是JSON对象"),
    "unknown field": (raw_of(input={}, codebase64="eA==", x=1), "x不允许的字段"),
    "no input": (raw_of(codebase64="eA=="), "input不能为空"),
    "input null": (raw_of(input=None, codebase64="eA=="), "input不能为空"),
    "input a list": (raw_of(input=[1], codebase64="eA=="), "input必须是JSON对象"),
    "input a text": (raw_of(input="{}", codebase64="eA=="), "input必须是JSON对象"),
    "no code": (raw_of(input={}), "codebase64不能为空"),
    "empty code": (raw_of(input={}, codebase64=""), "codebase64不能为空"),
    "code of spaces": (raw_of(input={}, codebase64=packed(" \n")), "codebase64解码后代码不能为空"),
    "code a number": (raw_of(input={}, codebase64=7), "codebase64必须是字符串"),
    "broken Base64": (raw_of(input={}, codebase64="a$b="), "codebase64不是有效的Base64编码"),
    "unpadded Base64": (raw_of(input={}, codebase64="eHh4eA"), "codebase64不是有效的Base64编码"),
    "code no UTF-8": (
        raw_of(input={}, codebase64=base64.b64encode(b"\xff\xfe").decode()),
        "codebase64解码后不是有效的UTF-8文本",
    ),
    "code of 65,536 bytes": (
        raw_of(input={}, codebase64=packed("x" * 65_536)),
        "codebase64代码长度65536字节超过限制65535字节",
    ),
}


@pytest.mark.parametrize(("raw", "reason"), BAD_BODIES.values(), ids=BAD_BODIES)
def test_a_bad_body_is_400_and_runs_nothing(
    client: FlowClient, token: str, executor: FakeExecutor, raw: bytes, reason: str
) -> None:
    answer = client.run(token, raw=raw)

    assert answer.status == 400
    assert answer.body["error"] == f"请求参数错误: {reason}"
    assert list(answer.body) == ["success", "error", "timestamp", "request_id"]
    assert executor.requests == []


def test_the_largest_code_runs_wherever_its_lines_are_broken(
    client: FlowClient, token: str, executor: FakeExecutor
) -> None:
    code = "/" * (MAX_CODE_BYTES - 3) + "中"
    lines = base64.encodebytes(code.encode()).decode()

    assert client.run(token, {"input": {}, "codebase64": lines}).status == 200
    assert executor.requests[0].code == code


def sized(size: int) -> dict[str, Any]:
    return {"s": "x" * (size - len('{"s":""}'))}


def test_the_largest_input_runs_and_one_byte_more_does_not(
    client: FlowClient, token: str, executor: FakeExecutor
) -> None:
    executor.answer = lambda request: result(str(len(request.input_json)))

    fits = client.run(
        token, raw=json.dumps(block(**sized(MAX_INPUT_BYTES)), separators=(",", ":")).encode()
    )
    over = client.run(token, block(**sized(MAX_INPUT_BYTES + 1)))

    assert fits.body["result"] == MAX_INPUT_BYTES
    assert over.status == 400
    assert over.body["error"] == "请求参数错误: input大小2097153字节超过限制2097152字节"


def test_a_large_input_that_is_no_json_is_400_though_it_went_unparsed(
    client: FlowClient, token: str, executor: FakeExecutor
) -> None:
    executor.answer = lambda _: error("ValidationError", "input is not JSON")
    broken = (
        b'{"input":{"a":"'
        + b"x" * 50_000
        + b'"},"b":{},"codebase64":"'
        + packed("1").encode()
        + b'"}'
    )

    answer = client.run(token, raw=broken)

    assert (answer.status, answer.body["error"]) == (400, "请求参数错误: b不允许的字段")


@pytest.mark.parametrize("kind", ["", "text/plain", "application/x-www-form-urlencoded"])
def test_a_body_is_json_whatever_it_is_called(client: FlowClient, token: str, kind: str) -> None:
    raw = json.dumps(block(a=1)).encode()
    answer = client.run(token, raw=raw, headers={"content-type": kind} if kind else {})

    assert answer.body["result"] == {"a": 1}


def test_a_result_beyond_lambdas_limit_is_compressed_or_refused_in_words(
    client: FlowClient, token: str, executor: FakeExecutor
) -> None:
    executor.answer = lambda _: result(json.dumps(['"\\'] * 450_000))

    plain = client.run(token)
    assert plain.body["error"]["type"] == "ValidationError"

    compressed = client.run(token, headers={"accept-encoding": "gzip, br"})
    assert compressed.headers["content-encoding"] == "gzip"
    assert len(compressed.body["result"]) == 450_000


def test_an_oversized_body_is_refused_in_the_groups_form(client: FlowClient, token: str) -> None:
    answer = client.run(token, raw=b"x" * (6 * 1024 * 1024 + 1))

    assert (answer.status, answer.body["error"]) == (413, "请求内容不能超过 6 MB")
