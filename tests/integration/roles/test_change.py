"""PUT and DELETE: partial, with and without If-Match."""

import pytest

from shared.data.role_versions import find_version
from shared.data.roles import find_role
from tests.integration.conftest import Callers
from tests.integration.roles.conftest import ROLES
from tests.support.http import Client
from tests.support.roles import role_body, stored_role


@pytest.fixture
def role_id(caller: Callers) -> str:
    return stored_role(caller.user_id).id


def test_only_the_given_fields_change(user: Client, role_id: str) -> None:
    before = user.get(f"{ROLES}/{role_id}").data
    answer = user.put(f"{ROLES}/{role_id}", {"name": "新名字", "avatar": "🤖"})
    assert answer.status == 200
    assert answer.headers["etag"] == answer.data["etag"]
    changed = {"name", "avatar", "version", "etag", "updated_at"}
    assert {name for name in before if before[name] != answer.data[name]} == changed
    assert user.get(f"{ROLES}/{role_id}").data == answer.data


def test_model_config_merges_key_by_key(user: Client, role_id: str) -> None:
    answer = user.put(f"{ROLES}/{role_id}", {"model_config": {"temperature": 1.5}})
    assert answer.data["model_config"] == {
        "model": "builtin",
        "temperature": 1.5,
        "max_tokens": 1000,
        "top_p": 0.9,
    }


def test_lists_and_avatar_can_be_emptied(user: Client, caller: Callers) -> None:
    role = stored_role(caller.user_id, skills=("web_search",), avatar="🤖")
    answer = user.put(f"{ROLES}/{role.id}", {"skills": [], "avatar": None, "description": ""})
    data = answer.data
    assert (data["skills"], data["avatar"], data["description"]) == ([], None, "")


@pytest.mark.parametrize("name", ["name", "system_prompt", "category", "skills", "model_config"])
def test_null_does_not_clear_what_a_role_needs(user: Client, role_id: str, name: str) -> None:
    answer = user.put(f"{ROLES}/{role_id}", {name: None})
    assert answer.status == 400
    assert answer.error["details"]["field"] == name


def test_an_unknown_model_is_refused(user: Client, role_id: str) -> None:
    answer = user.put(f"{ROLES}/{role_id}", {"model_config": {"model": "gone"}})
    assert answer.error["details"]["field"] == "model_config.model"


def test_what_get_gave_can_be_sent_back(user: Client, role_id: str) -> None:
    read = user.get(f"{ROLES}/{role_id}").data
    answer = user.put(f"{ROLES}/{role_id}", {**read, "owner_id": "user_x", "id": "role_x"})
    assert answer.status == 200
    assert answer.data == read


def test_a_change_that_changes_nothing_makes_no_version(user: Client, role_id: str) -> None:
    for body in ({}, {"name": "合同助手"}, {"model_config": {"top_p": 0.9}}):
        assert user.put(f"{ROLES}/{role_id}", body).data["version"] == 1
    assert user.get(f"{ROLES}/{role_id}/versions").data["total"] == 1


@pytest.mark.parametrize("form", ["{}", "W/{}", '"x", {}'])
def test_a_present_etag_lets_a_change_pass(user: Client, role_id: str, form: str) -> None:
    etag = user.get(f"{ROLES}/{role_id}").headers["etag"]
    headers = {"if-match": form.format(etag)}
    answer = user.call("PUT", f"{ROLES}/{role_id}", body={"name": "b"}, headers=headers)
    assert answer.status == 200


def test_the_second_change_from_one_etag_conflicts(user: Client, role_id: str) -> None:
    headers = {"if-match": user.get(f"{ROLES}/{role_id}").headers["etag"]}
    first = user.call("PUT", f"{ROLES}/{role_id}", body={"name": "一"}, headers=headers)
    second = user.call("PUT", f"{ROLES}/{role_id}", body={"name": "二"}, headers=headers)
    assert first.status == 200
    assert (second.status, second.error["code"]) == (409, "CONFLICT")
    assert second.error["details"]["etag"] == first.headers["etag"]
    assert user.get(f"{ROLES}/{role_id}").data["name"] == "一"


def test_a_stale_etag_protects_from_deletion_and_restore(user: Client, role_id: str) -> None:
    headers = {"if-match": user.get(f"{ROLES}/{role_id}").headers["etag"]}
    user.put(f"{ROLES}/{role_id}", {"name": "二"})
    restore = f"{ROLES}/{role_id}/versions/1/restore"
    assert user.call("DELETE", f"{ROLES}/{role_id}", headers=headers).status == 409
    assert user.call("POST", restore, headers=headers).status == 409
    assert user.get(f"{ROLES}/{role_id}").data["version"] == 2


def test_a_deleted_role_is_gone_with_its_versions(user: Client, role_id: str) -> None:
    for number in range(30):
        user.put(f"{ROLES}/{role_id}", {"name": f"{number}"})
    answer = user.delete(f"{ROLES}/{role_id}")
    assert (answer.status, answer.data) == (200, None)
    assert find_role(role_id) is None
    assert not any(find_version(role_id, number) for number in range(1, 31))
    for method, path in (("GET", ""), ("PUT", ""), ("DELETE", ""), ("GET", "/versions")):
        assert user.call(method, f"{ROLES}/{role_id}{path}", body={}).status == 404


def test_public_roles_are_read_and_never_changed_by_others(user: Client, other: Client) -> None:
    role = user.post(ROLES, role_body(is_public=True)).data
    path = f"{ROLES}/{role['id']}"
    assert other.get(path).data == role
    assert other.put(path, {"name": "mine now"}).status == 404
    assert other.delete(path).status == 404
    assert other.get(f"{path}/versions").status == 404
    assert other.get(f"{path}/versions/1").status == 404
    assert other.post(f"{path}/versions/1/restore").status == 404
    assert user.get(path).data == role
