"""Who may ask for jobs: the contract names no role, but courses and submissions have owners."""

from dataclasses import replace
from typing import Any

import pytest

from functions.tasks.handler import handler
from shared.core import ids
from shared.data.transaction import Transaction
from shared.data.users import find_user, update_user
from tests.support.callers import api_key_of, token_of
from tests.support.http import Client
from tests.support.jobs import RUBRIC, post
from tests.support.learning import Person, a_person, new_course

JOBS: dict[str, tuple[str, dict[str, Any]]] = {
    "analyses": ("analysis", {"text": "He like it.", "rubric": RUBRIC}),
    "syllabi": ("syllabus", {"weeks": 2, "hours": 4}),
    "question-batches": ("questions", {"type": "cloze", "count": 1}),
}
every_job = pytest.mark.parametrize("path", JOBS)


def ask(credential: str | None, path: str, **more: Any) -> int:
    return post(Client(handler, credential), path, **JOBS[path][1], **more).status


@every_job
@pytest.mark.parametrize("roles", [(), ("student",), ("teacher",), ("admin",)])
def test_anybody_who_is_signed_in_may_ask(path: str, roles: tuple[str, ...]) -> None:
    assert ask(token_of(ids.new_id("user"), roles), path) == 201


@every_job
def test_a_key_needs_the_scope_for_everything(caller, path: str) -> None:
    assert ask(api_key_of(caller.user_id, ["all"]), path) == 201
    assert ask(api_key_of(caller.user_id, ["images"]), path) == 403


@every_job
@pytest.mark.parametrize("credential", [None, "nonsense", "expired"])
def test_without_a_good_credential_nothing_is_done(caller, path: str, credential: Any) -> None:
    given = caller.expired if credential == "expired" else credential
    assert ask(given, path) == 401


@every_job
def test_only_an_admin_asks_in_the_name_of_somebody_else(caller, path: str) -> None:
    other = a_person()
    assert ask(caller.user, path, user_id=other.id) == 403
    assert ask(caller.admin, path, user_id=other.id) == 201
    assert ask(caller.admin, path, user_id=ids.new_id("user")) == 400


@every_job
@pytest.mark.parametrize(("scope", "expected"), [("all", 201), ("images", 403), ("chat", 403)])
def test_the_one_door_asks_a_key_for_the_same_scope(
    caller, path: str, scope: str, expected: int
) -> None:
    client = Client(handler, api_key_of(caller.user_id, [scope]))
    name, given = JOBS[path]
    body = {"type": name, "input": given}
    assert client.call("POST", "/api/v1/ai/tasks", body=body).status == expected


def test_a_courses_syllabus_is_its_teachers_while_that_is_one() -> None:
    teacher = a_person("teacher")
    body = {"course_id": new_course(teacher), "weeks": 2}
    for stranger in (a_person("teacher"), a_person("student"), a_person("admin"), a_person()):
        refused = post(Client(handler, stranger.client.credential), "syllabi", **body)
        assert (refused.status, refused.error["details"]["field"]) == (400, "course_id")
    client = Client(handler, teacher.client.credential)
    assert post(client, "syllabi", **body).status == 201
    _lose_roles(teacher)
    assert post(client, "syllabi", **body).status == 400


def _lose_roles(person: Person) -> None:
    user = find_user(person.id)
    assert user is not None
    transaction = Transaction()
    update_user(transaction, user, replace(user, roles=(), version=user.version + 1))
    transaction.commit()
