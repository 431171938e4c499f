"""`rolecraft schedules` against the real handler."""

import pytest

from functions.workspaces import schedule_routes
from functions.workspaces.handler import handler as workspaces_api
from shared.workspaces import schedules
from tests.support.commands import Commands
from tests.support.workspaces import World, client_of, new_company, new_workspace, the_world

HANDLERS = {"/api/v1/admin/schedules": workspaces_api}


@pytest.fixture
def world(aws: None, monkeypatch: pytest.MonkeyPatch):
    with the_world(monkeypatch) as made:
        yield made


@pytest.fixture
def rolecraft(world: World, caller, monkeypatch: pytest.MonkeyPatch) -> Commands:
    return Commands(monkeypatch, HANDLERS, {"ROLECRAFT_TOKEN": caller.admin})


def test_reconcile_tells_what_it_mended(world: World, rolecraft: Commands, caller):
    client = client_of(caller.user)
    company = new_company(client)["id"]
    good = new_workspace(client, company)["id"]
    world.settle()
    missing = new_workspace(client, company)["id"]
    heads, counts, line = rolecraft.run("schedules", "reconcile").stdout.splitlines()
    assert heads.split() == ["CHECKED", "CREATED", "MOVED", "REMOVED"]
    assert counts.split() == ["2", "1", "0", "0"]
    assert line == f"created: {missing}"
    assert rolecraft.json("schedules", "reconcile") == {
        "checked": 2, "created": [], "moved": [], "removed": [],
    }  # fmt: skip
    assert good != missing


def test_reconcile_goes_on_until_everything_was_seen(
    world: World, rolecraft: Commands, caller, monkeypatch: pytest.MonkeyPatch
):
    client = client_of(caller.user)
    company = new_company(client)["id"]
    made = [new_workspace(client, company)["id"] for _ in range(20)]
    real, asked = schedules.sync_schedule, []

    def slow(owner_id: str, workspace_id: str) -> None:
        real(owner_id, workspace_id)
        asked.append(workspace_id)
        if len(asked) % 8 == 0:  # a portion has taken all the time of the request
            world.pass_time(seconds=schedule_routes.SECONDS)

    monkeypatch.setattr(schedules, "sync_schedule", slow)
    found = rolecraft.json("schedules", "reconcile")
    assert (found["checked"], sorted(found["created"])) == (20, made)
