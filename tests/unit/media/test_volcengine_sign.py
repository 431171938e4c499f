"""The signature against the collected vectors, and the simulator's check against both sides."""

import json
from calendar import timegm
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from time import strptime
from typing import Any

import pytest

from infra.local.simulators.volcengine.signature import Received, Refused, check
from shared.media.volcengine_sign import Call, Credentials, signed_headers

_FILE = Path(__file__).parents[2] / "support/vectors/volcengine_sign_v4.json"
DOCUMENT = json.loads(_FILE.read_text("utf-8"))
VECTORS = {vector["name"]: vector for vector in DOCUMENT["vectors"]}
NEGATIVE = {case["name"]: case for case in DOCUMENT["negative"]}


def call_of(given: dict[str, Any]) -> Call:
    body = bytes.fromhex(given["body_hex"])
    return Call(
        given["method"], given["host"], given["query"], body, given["path"], given["content_type"]
    )


def headers_of(given: dict[str, Any]) -> dict[str, str]:
    credentials = Credentials(
        given["access_key_id"], given["secret_access_key"], given["session_token"] or ""
    )
    moment = datetime.strptime(given["x_date"], "%Y%m%dT%H%M%SZ").replace(tzinfo=UTC)
    return signed_headers(call_of(given), credentials, moment)


def received_of(given: dict[str, Any], **changed: str) -> Received:
    headers = {name.lower(): value for name, value in headers_of(given).items()} | changed
    call = call_of(given)
    return Received(call.method, call.path, call.query_text, headers, call.body)


def check_then(given: dict[str, Any], received: Received) -> str:
    """The check, at the moment of the vector."""
    now = timegm(strptime(given["x_date"], "%Y%m%dT%H%M%SZ"))
    return check(received, {given["access_key_id"]: given["secret_access_key"]}, now)


def test_all_seven_vectors_are_there():
    assert len(VECTORS) == 7
    assert len(NEGATIVE) == 3


@pytest.mark.parametrize("name", VECTORS)
def test_headers_are_those_of_the_official_signer(name: str):
    vector = VECTORS[name]

    made = headers_of(vector["input"])

    assert made == vector["expected"]["request_headers"]
    assert call_of(vector["input"]).query_text == vector["expected"]["canonical_query"]


@pytest.mark.parametrize("name", VECTORS)
def test_the_simulator_takes_what_the_official_signer_made(name: str):
    given = VECTORS[name]["input"]

    assert check_then(given, received_of(given)) == given["access_key_id"]


def refusal(given: dict[str, Any], received: Received) -> str:
    with pytest.raises(Refused) as refused:
        check_then(given, received)
    return refused.value.code


def test_a_changed_body_does_not_match():
    given = VECTORS[NEGATIVE["body_tampered"]["base"]]["input"]
    received = received_of(given)
    tampered = replace(received, body=received.body.replace(b"cat", b"dog"))

    assert refusal(given, tampered) == "SignatureDoesNotMatch"


@pytest.mark.parametrize("name", ["wrong_secret", "wrong_service_in_scope"])
def test_a_foreign_signature_does_not_match(name: str):
    case = NEGATIVE[name]
    given = VECTORS[case["base"]]["input"]

    received = received_of(given, authorization=case["authorization"])

    assert refusal(given, received) == "SignatureDoesNotMatch"


def test_a_wrong_secret_gives_the_signature_of_the_vector():
    case = NEGATIVE["wrong_secret"]
    given = {**VECTORS[case["base"]]["input"], "secret_access_key": case["signature_with_secret"]}

    assert headers_of(given)["Authorization"] == case["authorization"]


@pytest.mark.parametrize(
    ("changed", "code"),
    [
        ({"authorization": ""}, "MissingSignature"),
        ({"authorization": "Bearer x"}, "MissingRequestInfo"),
        ({"x-date": "20260103T030405Z"}, "InvalidTimestamp"),
        ({"x-date": "20260102T031905Z"}, "SignatureDoesNotMatch"),
        ({"x-date": "yesterday"}, "InvalidTimestamp"),
        ({"content-type": "application/json; charset=utf-8"}, "SignatureDoesNotMatch"),
    ],
)
def test_the_gateway_names_what_is_wrong(changed: dict[str, str], code: str):
    given = VECTORS["submit_t2i_ascii_compact"]["input"]

    assert refusal(given, received_of(given, **changed)) == code


def test_a_signature_is_too_old_after_a_quarter_of_an_hour():
    given = VECTORS["submit_t2i_ascii_compact"]["input"]
    late = timegm(strptime(given["x_date"], "%Y%m%dT%H%M%SZ")) + 901

    with pytest.raises(Refused, match="InvalidTimestamp"):
        check(received_of(given), {given["access_key_id"]: given["secret_access_key"]}, late)


def test_an_unknown_access_key_is_told_so():
    given = VECTORS["submit_t2i_ascii_compact"]["input"]
    now = timegm(strptime(given["x_date"], "%Y%m%dT%H%M%SZ"))

    with pytest.raises(Refused, match="InvalidAccessKey"):
        check(received_of(given), {}, now)


def test_only_standard_ports_are_left_out_of_the_host():
    moment = datetime(2026, 1, 2, tzinfo=UTC)
    hosts = {
        port: signed_headers(Call("GET", f"h{port}", {}), Credentials("a", "b"), moment)["Host"]
        for port in (":443", ":80", ":4771")
    }

    assert hosts == {":443": "h", ":80": "h", ":4771": "h:4771"}


def test_a_key_of_the_secret_may_carry_a_token():
    assert Credentials.of_key("AK:c2s9PQ==") == Credentials("AK", "c2s9PQ==")
    assert Credentials.of_key("AK:SK:TOKEN") == Credentials("AK", "SK", "TOKEN")
