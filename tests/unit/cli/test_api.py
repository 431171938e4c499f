"""The client of the API: data out of envelopes, refusals in their own words."""

from collections.abc import Callable

import click
import httpx
import pytest

from cli.api import Api, Refused


def api(answer: Callable[[httpx.Request], httpx.Response]) -> Api:
    return Api("https://api.example.com/", httpx.MockTransport(answer))


def test_a_call_goes_out_as_its_caller_and_gives_the_data():
    def answer(request: httpx.Request) -> httpx.Response:
        assert str(request.url) == "https://api.example.com/api/v1/things?page=1"
        assert request.headers["authorization"] == "Bearer t"
        assert request.headers["accept-language"] == "en"
        return httpx.Response(200, json={"data": [1]})

    with api(answer) as client:
        client.authorize("t")
        assert client.get("/things", {"page": 1}) == [1]


def test_a_list_is_read_to_its_last_page():
    def answer(request: httpx.Request) -> httpx.Response:
        page = int(request.url.params["page"])
        return httpx.Response(200, json={"data": {"items": [{"n": page}], "total_pages": 3}})

    assert api(answer).items("/things") == [{"n": 1}, {"n": 2}, {"n": 3}]


def test_a_refusal_has_the_words_and_the_request_of_the_envelope():
    envelope = {"error": {"code": "FORBIDDEN", "message": "Not allowed"}, "request_id": "r1"}
    with pytest.raises(Refused, match=r"FORBIDDEN: Not allowed \(request r1\)") as refusal:
        api(lambda _: httpx.Response(403, json=envelope)).post("/things", {})
    assert (refusal.value.status, refusal.value.code) == (403, "FORBIDDEN")


@pytest.mark.parametrize("body", ["<html>", "[]", '{"error": null}'])
def test_a_refusal_without_an_envelope_has_its_status(body: str):
    with pytest.raises(Refused, match=r"DELETE https.*answered 502") as refusal:
        api(lambda _: httpx.Response(502, text=body)).delete("/things")
    assert refusal.value.code == ""


def test_a_server_that_is_not_there_is_told():
    def answer(request: httpx.Request) -> httpx.Response:
        raise httpx.ConnectError("refused", request=request)

    with pytest.raises(click.ClickException, match=r"api\.example\.com.*was not reached"):
        api(answer).get("/things")
