"""How many AWS calls a request makes, once its caller is known."""

import pytest

from tests.support.aws import counted_calls
from tests.support.workspaces import (
    COMPANIES,
    OUTCOMES,
    WORKSPACES,
    new_company,
    new_workspace,
    only_run,
    workspace_body,
)

READ, LIST, WRITE = {"GetItem": 1}, {"Query": 1}, {"TransactWriteItems": 1}


@pytest.fixture
def things(client, world) -> dict[str, str]:
    company = new_company(client)["id"]
    workspace = new_workspace(client, company)["id"]
    client.post(f"{WORKSPACES}/{workspace}/run")
    world.settle()
    run = only_run(workspace)
    return {"c": company, "w": workspace, "r": run.id, "o": run.outcome_id or ""}


@pytest.mark.parametrize(
    ("method", "path", "calls"),
    [
        ("GET", COMPANIES, LIST),
        ("GET", COMPANIES + "/{c}", {"GetItem": 1, "Query": 1, "BatchGetItem": 1}),
        ("GET", WORKSPACES, LIST),
        ("GET", WORKSPACES + "?status=active", LIST),
        ("GET", WORKSPACES + "/{w}", READ),
        ("GET", WORKSPACES + "/{w}/runs", READ | LIST),
        ("GET", WORKSPACES + "/{w}/runs/{r}", {"GetItem": 2}),
        ("GET", OUTCOMES + "/{o}", {"GetItem": 2}),
        ("POST", COMPANIES, WRITE),
        ("POST", WORKSPACES, WRITE),
        ("POST", WORKSPACES + "/preview", {}),
        ("POST", WORKSPACES + "/{w}/run", READ | WRITE),
        ("PUT", COMPANIES + "/{c}", {"UpdateItem": 1}),
        ("PUT", WORKSPACES + "/{w}", {"GetItem": 2, "TransactWriteItems": 1}),
        ("DELETE", WORKSPACES + "/{w}", READ | WRITE),
    ],
)
def test_calls_of_a_request(client, things, monkeypatch, method, path, calls):
    bodies = {
        ("POST", COMPANIES): {"name": "一家"},
        ("POST", WORKSPACES): workspace_body(things["c"]),
        ("POST", WORKSPACES + "/preview"): {"triggerType": "daily", "triggerValue": "09:00"},
        ("PUT", COMPANIES + "/{c}"): {"name": "改名"},
        ("PUT", WORKSPACES + "/{w}"): {"name": "改名"},
    }
    address, _, query = path.format(**things).partition("?")
    sent = dict(pair.split("=") for pair in query.split("&") if pair)
    client.get(WORKSPACES)  # the caller is known, its limit has a lease
    with counted_calls(monkeypatch) as made:
        answer = client.call(method, address, query=sent, body=bodies.get((method, path)))
    assert answer.status < 300, answer.text
    assert dict(made) == calls
