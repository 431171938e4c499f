"""The form of /flow: texts, limits, times in UTC+8."""

import json
from datetime import UTC, datetime
from typing import Any

import pytest

from shared.core.errors import NotFound, ServiceUnavailable, Unauthorized
from shared.core.text import Text
from shared.http.envelope import JsonResponse
from shared.http.flow_envelope import (
    BadParameter,
    LimitReached,
    failure,
    local_time,
    parse_local_time,
    success,
)


def body(answer: JsonResponse) -> dict[str, Any]:
    parsed: dict[str, Any] = json.loads(bytes(answer.body))
    return parsed


def test_a_failure_is_a_chinese_text_with_its_status() -> None:
    answer = failure(BadParameter("ws_id", Text("不能为空", "is required")))

    assert answer.status_code == 400
    assert body(answer)["error"] == "请求参数错误: ws_id不能为空"
    assert list(body(answer)) == ["success", "error", "timestamp", "request_id"]
    assert failure(NotFound()).status_code == 404


def test_headers_belong_to_their_status() -> None:
    assert failure(Unauthorized()).headers["www-authenticate"] == "Bearer"
    assert failure(ServiceUnavailable(retry_after=7)).headers["retry-after"] == "7"
    assert "retry-after" not in failure(NotFound()).headers


def test_a_limit_is_named_and_waits_whole_seconds() -> None:
    answer = failure(LimitReached("IPRateLimitError", {"rate": 50, "burst": 100}, 1.2))

    assert (answer.status_code, answer.headers["retry-after"]) == (429, "2")
    assert body(answer)["error"] == {
        "type": "IPRateLimitError",
        "message": "请求过于频繁，请稍后再试",
        "limit": {"rate": 50, "burst": 100},
    }


def test_a_success_has_its_fields_between_success_and_the_stamps() -> None:
    assert list(body(success(data=[], count=0))) == [
        "success", "data", "count", "timestamp", "request_id",
    ]  # fmt: skip


def test_times_are_in_utc_8() -> None:
    assert local_time(datetime(2026, 12, 31, 23, 59, 59, tzinfo=UTC)) == "2027-01-01 07:59:59"
    assert parse_local_time("2026-03-01").astimezone(UTC) == datetime(2026, 2, 28, 16, tzinfo=UTC)
    assert local_time(parse_local_time("2026-03-01 12:30:00")) == "2026-03-01 12:30:00"


@pytest.mark.parametrize(
    "text",
    ["", "2026-3-1", "2026-02-30", "2026-03-01T12:00:00", "2026-03-01 25:00:00", "1/3/2026",
     "2026-03-01 12:00", " 2026-03-01", "２０２６-03-01"],
)  # fmt: skip
def test_other_forms_of_time_are_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r".*"):
        parse_local_time(text)
