"""A body of another type than the route takes is 415."""

from collections.abc import Callable

import pytest

from tests.integration.http.things import PATH, Things, things_api
from tests.support.http import Answer, Client, Handler


@pytest.fixture
def client(as_user: Callable[[Handler], Client]) -> Client:
    return as_user(things_api(Things()))


def sent(client: Client, path: str, raw: bytes, content_type: str | None) -> Answer:
    headers = {"content-type": content_type} if content_type else {}
    return client.call("POST", path, raw=raw, headers=headers)


@pytest.mark.parametrize(
    "content_type",
    ["application/json", "Application/JSON; charset=utf-8", "application/merge-patch+json"],
)
def test_json_by_any_of_its_names_is_taken(client: Client, content_type: str) -> None:
    assert sent(client, PATH, b'{"name": "a"}', content_type).status == 201


@pytest.mark.parametrize(
    "content_type", [None, "text/plain", "application/x-www-form-urlencoded", "application/xml"]
)
def test_another_type_is_refused(client: Client, content_type: str | None) -> None:
    answer = sent(client, PATH, b'{"name": "a"}', content_type)

    assert (answer.status, answer.error["code"]) == (415, "UNSUPPORTED_MEDIA_TYPE")
    assert answer.error["details"] == {"expected": "application/json"}


def test_an_empty_body_is_a_missing_body_whatever_its_type(client: Client) -> None:
    assert sent(client, PATH, b"", "text/plain").status == 400


@pytest.mark.parametrize(
    ("raw", "content_type"),
    [(b"{", "application/json"), (b"[]", "application/json"), (b"x", "text/plain"), (b"", None)],
)
def test_nothing_is_said_of_the_body_of_a_stranger(
    client: Client, raw: bytes, content_type: str | None
) -> None:
    assert sent(client.as_caller(None), PATH, raw, content_type).status == 401


def test_a_form_route_takes_multipart_only(client: Client) -> None:
    for content_type in ("application/json", "application/x-www-form-urlencoded"):
        answer = sent(client, f"{PATH}/files", b"{}", content_type)
        assert answer.status == 415
        assert answer.error["details"] == {"expected": "multipart/form-data"}


def test_a_route_without_a_body_does_not_look_at_the_type(client: Client) -> None:
    assert sent(client, f"{PATH}/refused", b"x", "text/plain").status == 409
