"""The deletion of an account, step by step, killed anywhere, raced, repeated."""

import json
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any

import boto3
import pytest

from functions.account_worker import service
from functions.account_worker.errors import AccountInUse
from functions.account_worker.handler import handler
from shared.auth import credentials
from shared.aws.workflows import UnknownStep
from shared.data.role_deletion import delete_some
from shared.data.users import find_user, find_users
from tests.support.accounts import Account, anonymous, login, new_account, registration
from tests.support.at_once import at_once
from tests.support.aws import CONTEXTS, REGION
from tests.support.callers import api_key_of
from tests.support.chat import stored_session
from tests.support.documents import object_keys, stored_document
from tests.support.faults import Killed, around_call, kill
from tests.support.roles import stored_role

STEPS = (
    "roles", "sessions", "documents", "knowledge_bases", "tasks", "workspaces", "learning", "keys",
    "user",
)  # fmt: skip
ME = "/api/v1/users/me"


def run(step: str, account: Account) -> bool:
    event = {"step": step, "user_id": account.id, "request_id": "request-1"}
    return handler(event, None)["done"]


def run_workflow(account: Account) -> int:
    """As the state machine does; how many invocations it took."""
    count = 0
    for step in STEPS:
        while count < 100:
            count += 1
            if run(step, account):
                break
    return count


def everything() -> Iterator[tuple[str, dict[str, Any]]]:
    """Every item of every table."""
    for context in CONTEXTS:
        found = boto3.client("dynamodb", REGION).scan(TableName=f"rolecraft-test-{context}")
        yield from ((context, item) for item in found["Items"])


def traces(account: Account) -> list[str]:
    """What is left that names the account, but for what its TTL ends and money."""
    words = (account.id, account.id.removeprefix("user_"), account.email)
    return [
        f"{context}: {item['pk']['S']} {item['sk']['S']}"
        for context, item in everything()
        if any(word in str(item) for word in words)
        and context not in ("limits", "ledger")
        and item["pk"]["S"] != "REVOCATIONS"
        and not item["pk"]["S"].startswith("OUTBOX#")
    ]


@pytest.fixture
def full(aws: None) -> Account:
    """An account with something of everything, about to go."""
    account = new_account()
    login(account.email)
    login(account.email, "not the password")
    api_key_of(account.id)
    stored_session(account.id, role_id=stored_role(account.id).id)
    stored_document(account.token, account.id)
    assert account.client.delete(ME).status == 200
    return account


def test_nothing_of_the_account_is_left(full: Account) -> None:
    assert traces(full)
    run_workflow(full)
    assert traces(full) == []
    assert object_keys() == []
    assert find_user(full.id) is None
    assert find_users(1, 20) == ([], 0)


def test_the_email_is_free_again(full: Account) -> None:
    body = registration(email=full.email)
    assert anonymous().post("/api/v1/auth/register", body).status == 409
    run_workflow(full)
    again = anonymous().post("/api/v1/auth/register", body)
    assert again.status == 201
    assert again.data["user"]["id"] != full.id
    assert login(full.email).status == 200


def test_others_keep_what_they_have(full: Account) -> None:
    other = new_account()
    key = api_key_of(other.id)
    stored_role(other.id)
    before = traces(other)
    run_workflow(full)
    assert traces(other) == before
    credentials.memory.cache_clear()
    assert other.client.as_caller(key).get(ME).status == 200


def test_a_step_works_in_portions(full: Account) -> None:
    for _ in range(service.PORTION + 1):
        stored_role(full.id)
    answers = [run("roles", full) for _ in range(3)]
    assert answers == [False, False, True]


def test_many_sign_ins_take_several_turns() -> None:
    account = new_account()
    for _ in range(service.PORTION + 1):
        login(account.email)
    account.client.delete(ME)
    assert [run("user", account) for _ in range(3)] == [False, True, True]
    assert traces(account) == []


def test_every_step_can_be_repeated_also_after_the_end(full: Account) -> None:
    for step in STEPS:
        while not run(step, full):
            pass
        assert run(step, full) is True
    for step in STEPS:
        assert run(step, full) is True


@pytest.mark.parametrize("fault", ["before", "after"])
def test_the_last_step_killed_at_any_call_is_finished_by_a_repeat(
    monkeypatch: pytest.MonkeyPatch, fault: str
) -> None:
    number, was_killed = 0, True
    while was_killed:
        account = _about_to_go()
        was_killed = _killed_at(monkeypatch, number, fault, account)
        while not run("user", account):
            pass
        assert traces(account) == [], number
        number += 2
    assert number > 20
    assert find_users(1, 20)[1] == 0


def _killed_at(monkeypatch: pytest.MonkeyPatch, number: int, fault: str, account: Account) -> bool:
    with around_call(monkeypatch, number, **{fault: kill}):
        try:
            while not run("user", account):
                pass
        except Killed:
            return True
    return False


def _about_to_go() -> Account:
    account = new_account()
    api_key_of(account.id)
    stored_session(account.id)
    login(account.email, "not the password")
    account.client.delete(ME)
    return account


def test_two_executions_at_once_count_one_user_less(full: Account) -> None:
    remaining = new_account()
    at_once([partial(run_workflow, full)] * 3)
    assert traces(full) == []
    assert [user.id for user in find_users(1, 20)[0]] == [remaining.id]
    assert find_users(1, 20)[1] == 1


def test_what_came_in_after_its_step_goes_with_the_last(full: Account) -> None:
    for step in STEPS[:-1]:
        while not run(step, full):
            pass
    late = stored_role(full.id)
    assert run("user", full) is False
    while not run("user", full):
        pass
    assert traces(full) == []
    assert delete_some(late.owner_id) is True


@pytest.mark.parametrize("step", STEPS)
def test_an_account_in_use_is_not_touched(step: str) -> None:
    account = new_account()
    before = traces(account)
    with pytest.raises(AccountInUse):
        run(step, account)
    assert traces(account) == before


def test_an_unknown_step_fails(full: Account) -> None:
    with pytest.raises(UnknownStep):
        run("everything", full)


def test_an_unknown_account_is_done(aws: None) -> None:
    event = Path("events/step_functions/account_worker.user_step.json").read_text("utf-8")
    assert handler(json.loads(event), None) == {"done": True}
