"""Routes answered past FastAPI's machinery say what FastAPI would say."""

from collections.abc import AsyncIterator, Callable
from typing import Annotated, Any, Literal

import pytest
from fastapi import APIRouter, BackgroundTasks, Cookie, Depends, Header, Path, Query, Request
from fastapi.routing import APIRoute
from pydantic import BaseModel
from starlette.responses import Response

from shared.core.errors import Forbidden
from shared.http.app import create_app, lambda_handler
from shared.http.direct import direct_app
from shared.http.envelope import success
from shared.http.paging import Paging
from shared.http.route import RoleCraftRoute
from tests.support.http import Answer, Client


class Wanted(BaseModel):
    tags: list[str] = []
    depth: Annotated[int, Query(le=3)] = 0


async def _guard(request: Request) -> str:
    if "x-refused" in request.headers:
        raise Forbidden
    return request.headers.get("x-caller", "nobody")


async def _filter(
    search: Annotated[str, Query(max_length=3)] = "", size: Annotated[int, Header(ge=1)] = 1
) -> dict[str, Any]:
    return {"search": search, "size": size}


async def get_thing(
    caller: Annotated[str, Depends(_guard)],
    number: Annotated[int, Path(ge=1)],
    paging: Paging,
    wanted: Annotated[dict[str, Any], Depends(_filter)],
    kind: Literal["a", "b"] = "a",
    if_match: Annotated[str | None, Header()] = None,
) -> Response:
    return success([caller, number, paging, wanted, kind, if_match])


async def get_tags(
    wanted: Annotated[Wanted, Query()], names: Annotated[list[str], Query()]
) -> Response:
    return success([wanted, names])


async def get_silent(_: Annotated[str, Depends(_guard)]) -> Response:
    return Response(status_code=204)


def _client(route_class: type[APIRoute]) -> Client:
    router = APIRouter(prefix="/api/v1/things", route_class=route_class)
    router.add_api_route("/tags", get_tags)
    router.add_api_route("/silent", get_silent, dependencies=[Depends(_filter)])
    router.add_api_route("/{number}", get_thing)
    return Client(lambda_handler(create_app("things", [router])))


OURS = _client(RoleCraftRoute)
FASTAPIS = _client(APIRoute)


def _told(answer: Answer) -> object:
    if not answer.text:
        return answer.status
    told = {name: value for name, value in answer.body.items() if name != "timestamp"}
    return answer.status, answer.headers, told


@pytest.mark.parametrize(
    ("path", "query", "headers"),
    [
        ("/1", {}, {}),
        ("/7", {"page": 2, "page_size": 5, "kind": "b", "search": "abc"}, {"size": "4"}),
        ("/7", {}, {"if-match": '"v1"', "x-caller": "user"}),
        ("/0", {}, {}),
        ("/x", {"page": 0, "page_size": 101, "kind": "c", "search": "abcd"}, {"size": "0"}),
        ("/1", {"search": "abcd"}, {}),
        ("/1", {"page": "9" * 5000}, {}),
        ("/x", {"search": "abcd"}, {"x-refused": "1"}),
        ("/1", {"page": ["1", "2"]}, {}),
        ("/tags", {"tags": ["a", "b"], "names": ["c", "d"], "depth": 3}, {}),
        ("/tags", {"depth": 4}, {}),
        ("/tags", {}, {}),
        ("/silent", {}, {}),
        ("/silent", {"search": "abcd"}, {}),
        ("/silent", {}, {"x-refused": "1"}),
    ],
)
def test_answers_are_those_of_fastapi(
    path: str, query: dict[str, Any], headers: dict[str, str]
) -> None:
    sent = {"query": query, "headers": {"x-request-id": "same", **headers}}
    ours = OURS.call("GET", f"/api/v1/things{path}", **sent)
    assert _told(ours) == _told(FASTAPIS.call("GET", f"/api/v1/things{path}", **sent))


@pytest.mark.parametrize("endpoint", [get_thing, get_tags, get_silent])
def test_routes_of_guards_and_plain_values_are_answered_directly(
    endpoint: Callable[..., Any],
) -> None:
    assert direct_app(APIRoute("/{number}", endpoint).dependant) is not None


async def _generated() -> AsyncIterator[int]:
    yield 1


async def _guarded(caller: Annotated[str, Depends(_guard)]) -> str:
    return caller


async def with_a_body(body: Wanted) -> Response: ...
async def with_a_cookie(name: Annotated[str, Cookie()]) -> Response: ...
async def with_background_tasks(tasks: BackgroundTasks) -> Response: ...
async def with_the_response(response: Response) -> Response: ...
async def with_a_generator(one: Annotated[int, Depends(_generated)]) -> Response: ...
async def with_one_asked_twice(
    caller: Annotated[str, Depends(_guard)], guarded: Annotated[str, Depends(_guarded)]
) -> Response: ...
async def with_another_answer() -> dict[str, str]: ...
def in_a_thread() -> Response: ...


@pytest.mark.parametrize(
    "endpoint",
    [
        with_a_body,
        with_a_cookie,
        with_background_tasks,
        with_the_response,
        with_a_generator,
        with_one_asked_twice,
        with_another_answer,
        in_a_thread,
    ],
)
def test_anything_else_is_left_to_fastapi(endpoint: Callable[..., Any]) -> None:
    route = RoleCraftRoute("/things", endpoint, methods=["POST"])
    assert direct_app(route.dependant) is None
