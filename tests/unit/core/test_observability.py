"""The line of each request beside the logger's lines."""

import json
import logging

import pytest

from shared.core import context
from shared.core.observability import get_logger, log_request


@pytest.fixture(autouse=True)
def _in_a_request(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("POWERTOOLS_SERVICE_NAME", "test")


def test_a_request_line_has_its_fields_and_the_callers(capsys: pytest.CaptureFixture[str]) -> None:
    token = context.enter(context.RequestContext("request-1", user_id="user_1"))
    try:
        log_request(method="GET", status=200)
    finally:
        context.leave(token)
    line = json.loads(capsys.readouterr().out)
    assert line.pop("timestamp").endswith("+00:00")
    assert line.pop("service")
    assert line == {
        "level": "INFO",
        "message": "request",
        "method": "GET",
        "status": 200,
        "request_id": "request-1",
        "user_id": "user_1",
    }


def test_what_libraries_say_is_not_written_for_them_in_any_function(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("POWERTOOLS_SERVICE_NAME", "root")
    logger = get_logger.__wrapped__()
    logger.info("ours")
    logging.getLogger("mangum.http").info("GET /api/v1/roles 200")
    written = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert [(line["message"], line["service"]) for line in written] == [("ours", "root")]


def test_a_request_line_follows_the_level(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    before = get_logger().log_level
    get_logger().setLevel("WARNING")
    try:
        log_request(method="GET")
    finally:
        get_logger().setLevel(before)
    assert capsys.readouterr().out == ""
