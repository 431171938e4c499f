"""Each route as each kind of caller."""

from collections.abc import Mapping

import pytest
from fastapi.routing import APIRoute

from functions.code_api.handler import routers
from tests.support.aws import FLOW_ADMIN_TOKEN
from tests.support.flow import FlowClient, block

TOKEN = "flow_" + "0" * 64
BODY = {"ws_id": "w", "email": "a@b.cn", "operation": "unlimited"}
ROUTES = [
    ("POST", "/flow/codeblock"),
    ("POST", "/flow/tokens"),
    ("GET", "/flow/tokens"),
    ("PUT", "/flow/tokens/{token}"),
    ("DELETE", "/flow/tokens/{token}"),
    ("GET", "/flow/health"),
    ("GET", "/flow/status"),
    ("GET", "/flow/limits"),
    ("GET", "/flow/cache/stats"),
    ("DELETE", "/flow/cache"),
    ("GET", "/flow/rate-limit/stats"),
    ("DELETE", "/flow/rate-limit/{token}"),
    ("GET", "/flow/cache-write-pool/stats"),
]
OF_ADMIN = ROUTES[1:]
CREDENTIALS: dict[str, tuple[Mapping[str, str], int, str]] = {
    "nobody": ({}, 401, "Token无效或已过期"),
    "another scheme": ({"authorization": f"Basic {FLOW_ADMIN_TOKEN}"}, 401, "Token无效或已过期"),
    "an empty bearer": ({"authorization": "Bearer "}, 401, "Token无效或已过期"),
    "a wrong token": ({"authorization": "Bearer x"}, 403, "管理员Token错误，没有权限"),
    "a longer token": (
        {"authorization": f"Bearer {FLOW_ADMIN_TOKEN}a"}, 403, "管理员Token错误，没有权限",
    ),
    "not ASCII": ({"authorization": "Bearer \xe9"}, 403, "管理员Token错误，没有权限"),
}  # fmt: skip


def test_every_route_is_here() -> None:
    served = {
        (method, route.path)
        for router in routers
        for route in router.routes
        if isinstance(route, APIRoute)
        for method in route.methods
    }
    assert served == set(ROUTES)


@pytest.mark.parametrize(("method", "path"), OF_ADMIN)
@pytest.mark.parametrize("who", CREDENTIALS)
def test_only_the_administrator_passes(
    client: FlowClient, method: str, path: str, who: str
) -> None:
    headers, status, text = CREDENTIALS[who]
    answer = client.call(method, path.format(token=TOKEN), body=BODY, headers=dict(headers))

    assert (answer.status, answer.body["error"]) == (status, text)
    assert list(answer.body) == ["success", "error", "timestamp", "request_id"]


@pytest.mark.parametrize(("method", "path"), OF_ADMIN)
def test_a_users_token_administers_nothing(
    client: FlowClient, token: str, method: str, path: str
) -> None:
    headers = {"authorization": f"Bearer {token}", "accesstoken": token}
    answer = client.call(method, path.format(token=token), body=BODY, headers=headers)

    assert answer.status == 403


@pytest.mark.parametrize(("method", "path"), OF_ADMIN)
def test_the_administrator_passes_everywhere(client: FlowClient, method: str, path: str) -> None:
    text = str(client.new_token()["access_token"])
    body = {"operation": "unlimited"} if method == "PUT" else BODY
    query = {"ws_id": "w"} if (method, path) == ("GET", "/flow/tokens") else None
    answer = client.admin(method, path.format(token=text), body=body, query=query)

    assert answer.status == 200, answer.text


def test_the_admin_token_runs_no_code(client: FlowClient) -> None:
    answer = client.admin("POST", "/flow/codeblock", body=block())

    assert answer.status == 401


@pytest.mark.parametrize("path", ["/flow", "/flow/nothing", "/flow/tokens/a/b", "/flow/tokens/"])
def test_an_unknown_path_is_404_in_the_groups_form(client: FlowClient, path: str) -> None:
    answer = client.admin("PATCH" if path == "/flow/tokens/" else "GET", path)

    assert answer.status in (404, 405)
    assert isinstance(answer.body["error"], str)


def test_another_method_is_405_with_those_that_are_there(client: FlowClient) -> None:
    answer = client.call("GET", "/flow/codeblock")

    assert (answer.status, answer.headers["allow"]) == (405, "POST")
    assert answer.body["error"] == "不支持的请求方法"
