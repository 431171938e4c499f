"""No secret of a message is shown."""

import json

import pytest

from functions.queues.masking import LONGEST_BODY, MASK, masked, shown_body


@pytest.mark.parametrize(
    "name",
    ["secret", "client_secret", "access_token", "refreshToken", "password", "passwd", "api_key",
     "apiKey", "X-Api-Key", "Authorization", "aws_secret_access_key", "accessKeyId", "signature",
     "Set-Cookie", "private_key"],
)  # fmt: skip
def test_what_is_named_as_a_secret_is_masked_whatever_it_is(name):
    assert masked({"a": [{name: {"deep": 1}}]}) == {"a": [{name: MASK}]}


@pytest.mark.parametrize("name", ["request_id", "key", "document_id", "author", "owner_id", "n"])
def test_other_names_are_shown(name):
    assert masked({name: "plain"}) == {name: "plain"}


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        (f"key rc_{'Ab1-_' * 8}xyz!", "key ***!"),
        ("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw=", "***"),
        ("use sk-proj-abcdefghijkl now", "use *** now"),
        ("Authorization: Bearer abc.def-ghi~+/=", "Authorization: Bearer ***"),
        ("a eyJhbGciOi.eyJzdWIi.c2ln b", "a *** b"),
        ("AKIAIOSFODNN7EXAMPLE", "***"),
        ("https://u:p@host/x", "https://***@host/x"),
        (
            "https://s3/k?X-Amz-Credential=A%2FB&X-Amz-Expires=9&X-Amz-Signature=ff00",
            "https://s3/k?X-Amz-Credential=***&X-Amz-Expires=9&X-Amz-Signature=***",
        ),
        ("一只橘猫 task_01M80CGYQA6N02PCS36DXJN09D", "一只橘猫 task_01M80CGYQA6N02PCS36DXJN09D"),
    ],
)
def test_what_looks_like_a_secret_is_masked_in_any_text(text, shown):
    assert masked(["x", text]) == ["x", shown]
    assert shown_body(text) == (shown, False)


def test_numbers_and_nothing_stay_as_they_are():
    body = {"a": 1, "b": None, "c": True, "token": None, "secret": ""}
    assert shown_body(json.dumps(body)) == (body, False)


def test_a_long_body_is_cut_after_it_was_masked():
    body, truncated = shown_body(json.dumps({"password": "x" * 20, "text": "文" * LONGEST_BODY}))
    assert truncated
    assert len(body) == LONGEST_BODY
    assert body.startswith('{"password": "***", "text": "文')


def test_what_is_too_deep_for_json_is_text():
    assert shown_body("[" * 5_000) == ("[" * 5_000, False)
