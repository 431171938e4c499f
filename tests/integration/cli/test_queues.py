"""`rolecraft queues` against the real handlers."""

import boto3
import pytest

from functions.identity.handler import handler as identity
from functions.queues.handler import handler as queues_api
from tests.integration.queues.test_dead_letters import bury
from tests.integration.queues.test_status import GARBAGE
from tests.support.accounts import PASSWORD, cheap_hashes, new_admin
from tests.support.aws import REGION
from tests.support.commands import Commands
from tests.support.queues import Queues, create_queues

HANDLERS = {"/api/v1/auth": identity, "/api/v1/admin/queues": queues_api}


@pytest.fixture
def queues(aws: None, monkeypatch: pytest.MonkeyPatch) -> Queues:
    return create_queues(monkeypatch)


OF_JOBS = ("ai_processing", "learning_processing", "default")


@pytest.fixture
def rolecraft(queues: Queues, caller, monkeypatch: pytest.MonkeyPatch) -> Commands:
    return Commands(monkeypatch, HANDLERS, {"ROLECRAFT_TOKEN": caller.admin})


def test_status_is_a_table_with_a_line_for_each_queue(rolecraft: Commands, queues: Queues):
    queues.send(GARBAGE)
    heads, documents, *others = rolecraft.run("queues", "status").stdout.splitlines()
    assert heads.split() == [
        "QUEUE", "PENDING", "ACTIVE", "RETRY", "ARCHIVED", "COMPLETED", "PROCESSED", "FAILED",
        "OLDEST_AGE_S",
    ]  # fmt: skip
    assert documents.split() == ["documents", "1", "0", "0", "0", "0", "0", "0", "-"]
    assert [line.split()[0] for line in others] == ["dispatcher", *OF_JOBS]
    assert len(heads) == len(documents)


def test_status_in_json_is_what_the_api_says(rolecraft: Commands, queues: Queues):
    queues.send(GARBAGE)
    found = rolecraft.json("queues", "status")
    assert [(each["name"], each["pending"]) for each in found] == [
        ("documents", 1),
        ("dispatcher", 0),
        *((name, 0) for name in OF_JOBS),
    ]
    assert len(found[0]["processed_by_date"]) == 30


@pytest.mark.parametrize("answer", ["n\n", "\n", ""])
def test_clear_asks_and_does_nothing_without_a_yes(rolecraft: Commands, queues: Queues, answer):
    queues.send(GARBAGE, GARBAGE)
    said = rolecraft.run("queues", "clear", answer=answer, code=1)
    named = ", ".join(("documents", "dispatcher", *OF_JOBS))
    assert f"Delete about 2 messages of {named} for good?" in said.stderr
    assert len(queues.waiting(queues.documents)) == 2


@pytest.mark.parametrize(("arguments", "answer"), [((), "y\n"), (("--force",), None)])
def test_clear_empties_every_queue(rolecraft: Commands, queues: Queues, arguments, answer):
    bury(queues)
    queues.send(GARBAGE)
    said = rolecraft.run("queues", "clear", *arguments, answer=answer).stdout
    assert [line.split() for line in said.splitlines()[1:]] == [
        ["documents", "2"],
        ["dispatcher", "0"],
        *([name, "0"] for name in OF_JOBS),
    ]
    assert queues.waiting(queues.documents) == queues.waiting(queues.documents_dead) == []


def test_clear_of_dead_letters_leaves_what_waits(rolecraft: Commands, queues: Queues):
    bury(queues)
    queues.send(GARBAGE)
    cleared = rolecraft.json("queues", "clear", "documents", "--archived", "--force")
    assert cleared == [{"name": "documents", "purged": 1}]
    assert len(queues.waiting(queues.documents)) == 1


def test_redrive_moves_the_dead_letters_of_all_queues_that_have_some(rolecraft, queues: Queues):
    bury(queues)
    queues.send(GARBAGE, to=queues.dispatcher_dead)
    assert rolecraft.json("queues", "redrive") == [{"name": "documents", "redriven": 1}]
    assert len(queues.waiting(queues.documents)) == 1
    assert rolecraft.json("queues", "redrive") == []


def test_redrive_of_one_queue_by_name(rolecraft: Commands, queues: Queues):
    bury(queues)
    said = rolecraft.run("queues", "redrive", "documents").stdout.splitlines()
    assert [line.split() for line in said] == [["QUEUE", "REDRIVEN"], ["documents", "1"]]


@pytest.mark.parametrize("command", ["clear", "redrive"])
def test_an_unknown_queue_is_named_with_those_there_are(rolecraft: Commands, command: str):
    said = rolecraft.run("queues", command, "nothing", code=2)
    assert "there are documents, dispatcher" in said.stderr


def test_a_refusal_ends_the_command_with_the_servers_words(rolecraft: Commands):
    rolecraft.run("queues", "clear", "documents", "--force")
    said = rolecraft.run("queues", "clear", "documents", "--force", code=1)
    assert "RATE_LIMITED: A queue can be purged once in 60 seconds" in said.stderr


def test_who_is_no_admin_is_refused(queues: Queues, caller, monkeypatch):
    user = Commands(monkeypatch, HANDLERS, {"ROLECRAFT_TOKEN": caller.user})
    assert "FORBIDDEN" in user.run("queues", "status", code=1).stderr


def test_one_who_signs_in_leaves_no_session_behind(queues: Queues, monkeypatch):
    cheap_hashes(monkeypatch)
    admin = new_admin()
    before = sessions_of(admin.id)
    environment = {"ROLECRAFT_EMAIL": admin.email, "ROLECRAFT_PASSWORD": PASSWORD}
    assert len(Commands(monkeypatch, HANDLERS, environment).json("queues", "status")) == 5
    assert sessions_of(admin.id) == before


def sessions_of(user_id: str) -> int:
    found = boto3.client("dynamodb", REGION).query(
        TableName="rolecraft-test-identity",
        KeyConditionExpression="pk = :p",
        ExpressionAttributeValues={":p": {"S": f"FAMILIES#{user_id}"}},
    )
    return int(found["Count"])
