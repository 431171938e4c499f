"""The ledger's lines as a file."""

import csv
import io
from urllib.parse import urlsplit

import boto3
import pytest

from functions.analytics import export
from tests.support.analytics import EXPORT, spent
from tests.support.aws import BUCKET
from tests.support.http import Answer

DAYS = {"start_date": "2026-11-01", "end_date": "2026-11-03"}


def rows(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text, newline="")))


def fetched(answer: Answer) -> str:
    """The object that a link names, as S3 would give it."""
    key = urlsplit(answer.headers["location"]).path.lstrip("/").removeprefix(f"{BUCKET}/")
    body: bytes = boto3.client("s3").get_object(Bucket=BUCKET, Key=key)["Body"].read()
    return body.decode()


def test_each_line_is_a_row_oldest_first(client, caller):
    user = caller.user_id
    spent(user, "2026-11-03T04:00:00Z", feature="image", model="seedream", cost_micro=1)
    spent(user, "2026-11-01T16:00:00Z", role_id="role_a", role_name="客服，一号", session_id="s1")
    spent(user, "2026-10-31T15:59:59Z")  # the day before in Shanghai
    spent(user, "2026-11-03T16:00:00Z")  # the day after

    answer = client.get(EXPORT, **DAYS, format="csv")

    assert answer.status == 200
    assert answer.headers["content-type"] == "text/csv; charset=utf-8"
    name = "rolecraft-usage-2026-11-01_2026-11-03.csv"
    assert answer.headers["content-disposition"] == f"attachment; filename*=UTF-8''{name}"
    first, second = rows(answer.text)
    assert first["call_id"].startswith("call_")
    assert {**first, "call_id": ""} == {
        "call_id": "", "started_at": "2026-11-01T16:00:00Z", "ended_at": "2026-11-01T16:00:00Z",
        "feature": "chat", "provider": "builtin", "model": "builtin", "role_id": "role_a",
        "role_name": "客服，一号", "session_id": "s1", "prompt_tokens": "20",
        "completion_tokens": "10", "cached_tokens": "0", "cost": "0.001000", "currency": "CNY",
        "price_version": "2026-11-01", "status": "ok",
    }  # fmt: skip
    assert (second["feature"], second["role_name"], second["cost"]) == ("image", "", "0.000001")


def test_without_lines_there_is_the_head_alone(client):
    assert client.get(EXPORT, **DAYS).text.strip() == ",".join(export.COLUMNS)


@pytest.mark.parametrize("name", ["=HYPERLINK(1)", "+1", "-1", "@SUM(A1)", "\t=1"])
def test_no_name_becomes_a_formula(client, caller, name):
    spent(caller.user_id, "2026-11-02T04:00:00Z", role_id="role_a", role_name=name)
    (row,) = rows(client.get(EXPORT, **DAYS).text)
    assert row["role_name"] == f"'{name}"


def test_what_is_too_large_for_an_answer_is_fetched_by_a_link(client, caller, monkeypatch):
    monkeypatch.setattr(export, "LARGEST_ANSWER", 500)
    for _ in range(5):
        spent(caller.user_id, "2026-11-02T04:00:00Z", role_id="role_a", role_name="客服")

    answer = client.get(EXPORT, **DAYS)

    assert answer.status == 303
    assert answer.data["url"] == answer.headers["location"]
    assert answer.data["expires_in"] == 900
    assert len(rows(fetched(answer))) == 5
    assert f"exports/{caller.user_id}/" in answer.headers["location"]


def test_more_lines_than_a_call_has_time_for_are_refused(client, caller, monkeypatch):
    monkeypatch.setattr(export, "MOST_LINES", 2)
    for _ in range(3):
        spent(caller.user_id, "2026-11-02T04:00:00Z")
    refused = client.get(EXPORT, **DAYS)
    assert (refused.status, refused.error["details"]["field"]) == (400, "start_date")
    spent(caller.other_user_id, "2026-11-02T04:00:00Z")
    assert client.as_caller(caller.other_user).get(EXPORT, **DAYS).status == 200


@pytest.mark.parametrize(
    ("query", "field"),
    [({"format": "xlsx"}, "format"), ({"start_date": "1.11.2026"}, "start_date")],
)
def test_what_is_not_valid_is_named(client, query, field):
    answer = client.get(EXPORT, **query)
    assert (answer.status, answer.error["details"]["field"]) == (400, field)
