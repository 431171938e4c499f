"""What a caller reads when its body or query is refused."""

import re
from typing import Annotated, Any, Literal

import pytest
from fastapi import APIRouter, UploadFile
from pydantic import BaseModel, ConfigDict, Field

from shared.http.app import create_app, lambda_handler
from shared.http.paging import Paging
from shared.http.validation import LISTED, LONGEST_FIELD
from tests.support.http import Answer, Client

LONE_SURROGATE = "\\ud800"
router = APIRouter(prefix="/api/v1/things")


class Thing(BaseModel):
    model_config = ConfigDict(strict=True, extra="forbid", allow_inf_nan=False)
    name: Annotated[str, Field(max_length=5)] = ""
    weight: float = 0
    count: int = 0
    kind: Literal["a", "b"] = "a"
    tags: list[Literal["x"]] = []
    answers: dict[str, Annotated[str, Field(max_length=5)] | list[str]] = {}


@router.post("")
async def create_thing(thing: Thing) -> Thing:
    return thing


@router.get("")
async def list_things(paging: Paging) -> int:
    return paging.page


@router.post("/files")
async def create_file(file: UploadFile) -> str | None:
    return file.filename


client = Client(lambda_handler(create_app("things", [router])))


def post(raw: str) -> Answer:
    headers = {"content-type": "application/json"}
    return client.call("POST", "/api/v1/things", raw=raw.encode(), headers=headers)


@pytest.mark.parametrize(
    ("raw", "field", "reason"),
    [
        (f'{{"name": "{LONE_SURROGATE}"}}', "name", "is not valid Unicode text"),
        (f'{{"{LONE_SURROGATE}": 1}}', "body", "is not valid Unicode text"),
        (f'{{"kind": "{LONE_SURROGATE}"}}', "kind", "is not valid Unicode text"),
        ('{"answers": {"q1": 5}}', "answers.q1", "must be a text"),
        ('{"answers": {"q1": "too long"}}', "answers.q1", "must have at most 5 characters"),
        ('{"weight": NaN}', "weight", "must be a finite number"),
        ('{"weight": 1e999}', "weight", "must be a finite number"),
        ('{"count": 1.5}', "count", "must be a whole number"),
        ('{"count": NaN}', "count", "must be a whole number"),
        ('{"kind": "c"}', "kind", "must be one of 'a' or 'b'"),
        ('{"tags": {}}', "tags", "must be a list"),
    ],
)
def test_a_refusal_names_field_and_reason(raw: str, field: str, reason: str) -> None:
    answer = post(raw)
    details = answer.error["details"]
    assert (answer.status, details["field"], details["reason"]) == (400, field, reason)


@pytest.mark.parametrize(
    "raw",
    [
        f'{{"name": "{LONE_SURROGATE}"}}',
        '{"weight": NaN}',
        '{"count": 1.5}',
        '{"kind": "c"}',
        '{"tags": 1}',
        '{"unknown": 1}',
    ],
)
def test_a_chinese_reason_has_no_english_in_it(raw: str) -> None:
    said = post(raw).error["message"].partition(" ")[2]
    assert not re.search(r"[A-Za-z]{3}", said.replace("JSON", "").replace("Unicode", "")), said


def test_a_text_in_place_of_a_file_is_refused_without_names_of_types() -> None:
    answer = client.call(
        "POST",
        "/api/v1/things/files",
        raw=b'--b\r\nContent-Disposition: form-data; name="file"\r\n\r\nx\r\n--b--\r\n',
        headers={"content-type": "multipart/form-data; boundary=b"},
    )
    details = answer.error["details"]
    assert (answer.status, details["field"], details["reason"]) == (400, "file", "is not valid")


def test_a_page_beyond_any_number_is_a_refusal() -> None:
    answer = client.get("/api/v1/things", page="1" + "0" * 5000)
    assert (answer.status, answer.error["details"]["reason"]) == (400, "is too large a number")


def test_of_very_many_failures_the_first_thousand_are_listed() -> None:
    names: dict[str, Any] = {f"unknown_{number}": 1 for number in range(LISTED + 1)}
    details = client.post("/api/v1/things", names).error["details"]
    assert len(details["errors"]) == LISTED
    assert details["field"] == "unknown_0"


def test_a_field_of_any_length_is_named_by_its_beginning() -> None:
    details = client.post("/api/v1/things", {"x" * 1_000_000: 1}).error["details"]
    assert details["field"] == "x" * LONGEST_FIELD
