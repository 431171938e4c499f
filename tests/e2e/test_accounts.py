"""Accounts over the running system: sessions, administration, deletion of everything."""

import uuid

import httpx

from tests.e2e import flows
from tests.e2e.conftest import System

PASSWORD = "correct-horse-42"


def _register(client: httpx.Client, email: str) -> httpx.Response:
    return client.post(
        "/auth/register", json={"email": email, "password": PASSWORD, "name": "测试"}
    )


def _login(client: httpx.Client, email: str, password: str = PASSWORD) -> httpx.Response:
    return client.post("/auth/login", json={"email": email, "password": password})


def test_a_refresh_token_used_twice_kills_its_family(system: System) -> None:
    client = system.anonymous()
    first = flows.data(_register(client, f"{uuid.uuid4().hex}@example.com"), 201)
    stale = {"refresh_token": first["refresh_token"]}
    fresh = flows.data(client.post("/auth/refresh", json=stale))
    flows.error(client.post("/auth/refresh", json=stale), 401, "UNAUTHORIZED")
    again = {"refresh_token": fresh["refresh_token"]}
    flows.error(client.post("/auth/refresh", json=again), 401, "UNAUTHORIZED")


def test_five_wrong_passwords_lock_the_account_and_no_other(system: System) -> None:
    client = system.anonymous()
    email, other = f"{uuid.uuid4().hex}@example.com", f"{uuid.uuid4().hex}@example.com"
    for each in (email, other):
        flows.data(_register(client, each), 201)
    for _ in range(5):
        flows.error(_login(client, email, "wrong-password-1"), 401, "UNAUTHORIZED")
    locked = _login(client, email)
    flows.error(locked, 429, "RATE_LIMITED")
    assert int(locked.headers["retry-after"]) > 0
    flows.data(_login(client, other))


def test_a_disabled_user_is_out_everywhere(system: System) -> None:
    user, admin = system.new_user(), system.demo_admin()
    key = flows.data(user.post("/api-keys", json={"name": "server"}), 201)["key"]
    me = flows.data(user.get("/users/me"))["id"]
    flows.data(user.get("/roles"))
    flows.data(admin.put(f"/users/{me}", json={"status": "disabled"}))
    with_key = system.anonymous()
    with_key.headers["Authorization"] = f"Bearer {key}"

    def is_out() -> bool:
        return {caller.get("/roles").status_code for caller in (user, with_key)} == {401}

    flows.holds_within(60, is_out)


def test_a_deleted_account_leaves_nothing(system: System) -> None:
    client = system.anonymous()
    email = f"{uuid.uuid4().hex}@example.com"
    token = flows.data(_register(client, email), 201)["access_token"]
    client.headers["Authorization"] = f"Bearer {token}"
    me = flows.data(client.get("/users/me"))["id"]
    document = flows.uploaded(client, "a.txt", "要删除的文字。".encode())
    flows.finished_document(client, document)
    role = flows.role_knowing(client, [])
    flows.ask(client, flows.session_with(client, role), "你好")
    flows.data(client.delete("/users/me"))
    flows.error(_login(system.anonymous(), email), 401, "UNAUTHORIZED")
    admin = system.demo_admin()
    flows.eventually(lambda: admin.get(f"/users/{me}").status_code == 404)
    flows.error(admin.get(f"/documents/{document}"), 404, "NOT_FOUND")
    flows.data(_register(system.anonymous(), email), 201)
