"""Every route of companies, workspaces and outcomes, by every kind of caller."""

import pytest

from shared.core import ids
from tests.support import callers
from tests.support.http import Answer, Client
from tests.support.workspaces import (
    COMPANIES,
    OUTCOMES,
    WORKSPACES,
    client_of,
    new_company,
    new_workspace,
    only_run,
    workspace_body,
)

ALIAS = "/api/v1/works"
FREE = ["companies", "post_company", "workspaces", "post_workspace", "preview"]
OWN = [
    "company", "put_company", "delete_company", "workspace", "put_workspace", "delete_workspace",
    "run", "runs", "a_run", "cancel", "outcome",
]  # fmt: skip
RECONCILE = "/api/v1/admin/schedules/reconcile"


class Things:
    """One of each, of one owner; its run has ended."""

    def __init__(self, client: Client, world) -> None:
        self.company = new_company(client)["id"]
        self.workspace = new_workspace(client, self.company)["id"]
        self.idle_company = new_company(client)["id"]
        client.post(f"{WORKSPACES}/{self.workspace}/run")
        world.settle()
        run = only_run(self.workspace)
        self.run, self.outcome = run.id, run.outcome_id


def call(client: Client, route: str, things: Things, base: str = WORKSPACES) -> Answer:
    one = f"{base}/{things.workspace}"
    match route:
        case "companies":
            return client.get(COMPANIES)
        case "post_company":
            return client.post(COMPANIES, {"name": "新公司"})
        case "company":
            return client.get(f"{COMPANIES}/{things.company}")
        case "put_company":
            return client.put(f"{COMPANIES}/{things.company}", {"name": "改名"})
        case "delete_company":
            return client.delete(f"{COMPANIES}/{things.idle_company}")
        case "workspaces":
            return client.get(base)
        case "preview":
            return client.post(f"{base}/preview", {"triggerType": "interval", "triggerValue": "1h"})
    return call_one(client, route, things, one, base)


def call_one(client: Client, route: str, things: Things, one: str, base: str) -> Answer:
    match route:
        case "post_workspace":
            return client.post(base, workspace_body(things.company))
        case "workspace":
            return client.get(one)
        case "put_workspace":
            return client.put(one, {"name": "改名"})
        case "delete_workspace":
            return client.delete(one)
        case "run" | "runs":
            return client.post(f"{one}/run") if route == "run" else client.get(f"{one}/runs")
        case "a_run":
            return client.get(f"{one}/runs/{things.run}")
        case "cancel":
            return client.post(f"{one}/runs/{things.run}/cancel")
        case _:
            return client.get(f"{OUTCOMES}/{things.outcome}")


@pytest.fixture
def things(client, world) -> Things:
    return Things(client, world)


@pytest.mark.parametrize("credential", ["user", "api_key"])
def test_the_owner_and_a_key_of_the_owner_may(caller, things, credential):
    client = client_of(getattr(caller, credential))
    statuses = {route: call(client, route, things).status for route in FREE + OWN[:5]}
    assert set(statuses.values()) <= {200, 201}, statuses
    statuses = {route: call(client, route, things).status for route in OWN[6:]}
    assert statuses == {"run": 202, "runs": 200, "a_run": 200, "cancel": 409, "outcome": 200}
    assert call(client, "delete_workspace", things).status == 200


def test_the_alias_is_exact(client, things):
    for route in ("workspaces", "workspace", "put_workspace", "preview", "runs", "a_run"):
        direct, alias = (call(client, route, things, base) for base in (WORKSPACES, ALIAS))
        assert (direct.status, direct.data) == (alias.status, alias.data), route
    made = call(client, "post_workspace", things, ALIAS)
    assert made.status == 201
    assert client.get(f"{WORKSPACES}/{made.data['id']}").data == made.data


@pytest.mark.parametrize("credential", ["other_user", "admin"])
def test_what_is_somebody_elses_does_not_exist(caller, things, credential):
    client = client_of(getattr(caller, credential))
    for route in OWN:
        answer = call(client, route, things)
        assert (answer.status, answer.error["code"]) == (404, "NOT_FOUND"), route
    foreign = call(client, "post_workspace", things)
    assert foreign.status == 400
    assert foreign.error["details"]["field"] == "companyId"


@pytest.mark.parametrize("credential", ["nobody", "expired", "nonsense"])
def test_without_a_valid_credential_nothing_is_done(caller, things, credential):
    known = {"nobody": None, "nonsense": "nonsense"}
    client = client_of(known.get(credential, caller.expired))
    for route in FREE + OWN:
        assert call(client, route, things).status == 401, route
    assert client.post(RECONCILE, {}).status == 401


def test_a_key_of_another_scope_is_refused(caller, things):
    client = client_of(callers.api_key_of(caller.user_id, ["chat"]))
    for route in FREE + OWN:
        assert call(client, route, things).status == 403, route


def test_schedules_are_compared_by_administrators_only(caller):
    assert client_of(caller.user).post(RECONCILE, {}).status == 403
    assert client_of(caller.api_key).post(RECONCILE, {}).status == 403
    answer = client_of(caller.admin).post(RECONCILE, {})
    assert answer.status == 200
    assert answer.data == {
        "checked": 0, "created": [], "moved": [], "removed": [], "next": None,
    }  # fmt: skip


@pytest.mark.parametrize("bad_id", ["x", "role_01JAAAAAAAAAAAAAAAAAAAAAAA", "~TOTAL"])
def test_an_id_of_another_form_is_not_found(client, things, bad_id):
    things.workspace = things.company = things.idle_company = things.outcome = bad_id
    for route in OWN:
        assert call(client, route, things).status == 404, route


def test_a_run_that_the_workspace_has_not_is_not_found(client, things):
    path = f"{WORKSPACES}/{things.workspace}/runs"
    for run_id in (ids.new_id("run"), "run_x"):
        assert client.get(f"{path}/{run_id}").status == 404
        assert client.post(f"{path}/{run_id}/cancel").status == 404
