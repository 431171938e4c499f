"""What every path of the one origin answers, known or not."""

import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.e2e import flows
from tests.e2e.conftest import System

PROTECTED = [
    "/users/me",
    "/users",
    "/api-keys",
    "/roles",
    "/roles/templates",
    "/chat-sessions",
    "/models",
    "/documents",
    "/knowledge-bases",
]


@pytest.mark.parametrize("path", PROTECTED)
def test_without_a_credential_everything_is_401(system: System, path: str) -> None:
    flows.error(system.anonymous().get(path), 401, "UNAUTHORIZED")


@pytest.mark.parametrize("path", PROTECTED[2:])
def test_with_one_it_answers(system: System, path: str) -> None:
    flows.data(system.demo_user().get(path))


@pytest.mark.parametrize("path", ["/nothing", "/roles/x/y/z", "/chat/x"])
def test_unknown_paths_have_the_envelope(system: System, path: str) -> None:
    flows.error(system.demo_user().get(path), 404, "NOT_FOUND")


def test_health_and_root_are_public(system: System) -> None:
    client = system.anonymous()
    health = client.get(f"{system.url}/health").json()
    assert health["status"] == "healthy"
    assert client.get(f"{system.url}/").json()["status"] == "running"


def test_a_repeat_with_the_same_key_creates_once(system: System) -> None:
    client = system.new_user()
    body = {"name": "一次", "system_prompt": "x"}
    headers = {"Idempotency-Key": "k-1"}
    first = client.post("/roles", json=body, headers=headers)
    again = client.post("/roles", json=body, headers=headers)
    flows.data(first, 201)
    assert (again.status_code, again.content) == (201, first.content)
    assert again.headers["idempotent-replay"] == "true"
    other = client.post("/roles", json={**body, "name": "两次"}, headers=headers)
    flows.error(other, 409, "CONFLICT")
    assert flows.data(client.get("/roles"))["total"] == 1


def test_the_burst_is_a_hundred_calls(system: System) -> None:
    """And ten more for each second that they take (shared/http/rate_limit.py)."""
    client, begun = system.new_user(), time.monotonic()

    def call(_: int) -> int:
        return client.get("/models").status_code

    statuses = Counter(map(call, range(90)))
    assert statuses == {200: 90}
    with ThreadPoolExecutor(8) as pool:
        while not statuses[429]:
            statuses.update(pool.map(call, range(40)))
            assert statuses.total() < 2000
    assert statuses.keys() == {200, 429}
    assert statuses[200] <= 100 + 10 * (time.monotonic() - begun)
