"""Deletion in portions: it survives a crash anywhere and can be repeated."""

from contextlib import suppress

import boto3
import pytest

from shared.workspaces.account import delete_some
from tests.support.aws import REGION
from tests.support.faults import Killed, dying_at
from tests.support.workspaces import (
    COMPANIES,
    WORKSPACES,
    new_company,
    new_workspace,
    schedule_of,
)


def items(word: str) -> list[str]:
    """What the table still has that names the word, but for promises."""
    found = boto3.client("dynamodb", REGION).scan(TableName="rolecraft-test-workspaces")
    return [
        f"{item['pk']['S']} {item['sk']['S']}"
        for item in found["Items"]
        if word in str(item) and not item["pk"]["S"].startswith("OUTBOX#")
    ]


@pytest.fixture
def full(client, world) -> tuple[str, str]:
    """A company and a workspace with runs and outcomes."""
    company = new_company(client)["id"]
    workspace = new_workspace(client, company)["id"]
    for _ in range(3):
        world.pass_time(minutes=1)
        client.post(f"{WORKSPACES}/{workspace}/run")
        world.settle()
    return company, workspace


def test_nothing_of_a_deleted_workspace_is_left(client, full, world):
    company, workspace = full
    client.delete(f"{WORKSPACES}/{workspace}")
    world.settle()
    assert items(workspace) == []
    assert client.get(f"{WORKSPACES}/{workspace}/runs").status == 404
    assert client.get(f"{COMPANIES}/{company}").data["stats"]["outcomeCount"] == 0
    assert client.delete(f"{WORKSPACES}/{workspace}").status == 404


@pytest.mark.parametrize("number", range(12))
def test_a_cascade_survives_a_death_at_any_call(client, full, world, monkeypatch, number: int):
    company, workspace = full
    path = f"{COMPANIES}/{company}"
    with dying_at(monkeypatch, number, after=True), suppress(Killed):
        client.delete(path, cascade="true")
    if client.get(path).status == 200:  # it died before the deletion was written
        assert client.delete(path, cascade="true").status == 200
    world.settle()
    assert items(workspace) == []
    assert items(company) == []
    assert schedule_of(workspace) is None


def test_an_account_goes_with_all_of_it(client, caller, full, world):
    while not delete_some(caller.user_id, 1):
        pass
    world.settle()
    assert items(caller.user_id) == []
    assert schedule_of(full[1]) is None
    assert delete_some(caller.user_id)
