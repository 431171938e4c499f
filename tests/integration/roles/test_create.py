"""POST and GET of one role."""

import json
from typing import Any

import pytest

from shared.core import ids
from shared.data.knowledge_bases import new_knowledge_base, store_knowledge_base
from tests.integration.conftest import Callers
from tests.integration.roles.conftest import ROLES
from tests.support.http import Client
from tests.support.roles import role_body


def _knowledge_base(owner_id: str) -> str:
    kb_id = ids.new_id("kb")
    store_knowledge_base(new_knowledge_base(kb_id, owner_id, "产品资料"))
    return kb_id


def test_a_new_role_has_the_defaults_of_the_contract(user: Client, caller: Callers) -> None:
    answer = user.post(ROLES, role_body())
    assert answer.status == 201
    assert answer.body["message"] == "角色创建成功"
    role = answer.data
    assert ids.is_id("role", role["id"])
    assert role["owner_id"] == caller.user_id
    assert role["category"] == "通用"
    assert role["model_config"] == {
        "model": "builtin",
        "temperature": 0.7,
        "max_tokens": 1000,
        "top_p": 0.9,
    }
    assert (role["description"], role["welcome_message"], role["avatar"]) == ("", "", None)
    assert (role["skills"], role["knowledge_bases"]) == ([], [])
    assert (role["is_public"], role["is_template"], role["version"]) == (False, False, 1)
    assert role["created_at"] == role["updated_at"]


def test_what_was_created_is_read_back_whole(user: Client, caller: Callers) -> None:
    body = role_body(
        name="Großes 角色 🎉",
        description="描" * 500,
        avatar="https://cdn.example.com/图/a.png",
        category="客服",
        system_prompt="提" * 20_000,
        welcome_message="欢" * 2_000,
        model_config={"model": "builtin", "temperature": 0, "max_tokens": 32_768, "top_p": 1},
        skills=["web_search", "file_processing", "code_execution", "image_generation"],
        knowledge_bases=[_knowledge_base(caller.user_id) for _ in range(20)],
        is_public=True,
    )
    created = user.post(ROLES, body).data
    read = user.get(f"{ROLES}/{created['id']}")
    assert read.data == created
    assert {name: read.data[name] for name in body} == body
    assert read.headers["etag"] == read.data["etag"]


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"name": ""}, "name"),
        ({"name": "   "}, "name"),
        ({"name": "n" * 81}, "name"),
        ({"name": None}, "name"),
        ({"name": 5}, "name"),
        ({"description": "d" * 501}, "description"),
        ({"avatar": "http://example.com/a.png"}, "avatar"),
        ({"avatar": "javascript:alert(1)"}, "avatar"),
        ({"avatar": "😀😀"}, "avatar"),
        ({"avatar": ""}, "avatar"),
        ({"category": ""}, "category"),
        ({"category": "c" * 41}, "category"),
        ({"system_prompt": ""}, "system_prompt"),
        ({"system_prompt": "p" * 20_001}, "system_prompt"),
        ({"welcome_message": "w" * 2_001}, "welcome_message"),
        ({"model_config": {"temperature": 2.1}}, "model_config.temperature"),
        ({"model_config": {"temperature": "0.5"}}, "model_config.temperature"),
        ({"model_config": {"max_tokens": 0}}, "model_config.max_tokens"),
        ({"model_config": {"max_tokens": 32_769}}, "model_config.max_tokens"),
        ({"model_config": {"max_tokens": 1.5}}, "model_config.max_tokens"),
        ({"model_config": {"top_p": -0.1}}, "model_config.top_p"),
        ({"model_config": {"model": "no-such-model"}}, "model_config.model"),
        ({"model_config": {"penalty": 1}}, "model_config.penalty"),
        ({"model_config": None}, "model_config"),
        ({"skills": ["flying"]}, "skills.0"),
        ({"skills": "web_search"}, "skills"),
        ({"skills": [1] * 21}, "skills"),
        ({"knowledge_bases": [f"kb_{n}" for n in range(21)]}, "knowledge_bases"),
        ({"knowledge_bases": ["kb_01ARZ3NDEKTSV4RRFFQ69G5FAV"]}, "knowledge_bases"),
        ({"knowledge_bases": ["not an id", ""]}, "knowledge_bases"),
        ({"knowledge_bases": ["k" * 41]}, "knowledge_bases.0"),
        ({"is_public": "yes"}, "is_public"),
        ({"nmae": "typo"}, "nmae"),
        ({"template_id": "template_no_such"}, "template_id"),
    ],
)
def test_a_bad_field_is_named(user: Client, fields: dict[str, Any], field: str) -> None:
    answer = user.post(ROLES, role_body(**fields))
    assert answer.status == 400
    assert answer.error["code"] == "INVALID_REQUEST"
    assert answer.error["details"]["field"] == field
    assert answer.error["details"]["reason"]
    assert user.get(ROLES).data["total"] == 0


def test_a_lone_surrogate_is_refused_wherever_it_stands(user: Client) -> None:
    texts = ("name", "description", "avatar", "category", "system_prompt", "welcome_message")
    bodies = [
        *(role_body(**{field: "\ud800"}) for field in texts),
        role_body(template_id="\ud800"),
        role_body(model_config={"model": "\ud800"}),
        role_body(skills=["\ud800"]),
        role_body(knowledge_bases=["\ud800"]),
    ]
    for body in bodies:
        raw = json.dumps(body).encode()
        answer = user.call("POST", ROLES, raw=raw, headers={"content-type": "application/json"})
        assert answer.status == 400, body


@pytest.mark.parametrize("tiny", [5e-324, 1e-131, -0.0])
def test_a_number_too_small_to_be_stored_is_zero(user: Client, tiny: float) -> None:
    made = user.post(ROLES, role_body(model_config={"temperature": tiny, "top_p": tiny}))
    assert made.status == 201
    read = user.get(f"{ROLES}/{made.data['id']}").data["model_config"]
    assert (read["temperature"], read["top_p"]) == (0, 0)
    assert "-" not in str(made.data["model_config"]["temperature"])


def test_name_and_prompt_are_needed_without_a_template(user: Client) -> None:
    errors = user.post(ROLES, {"is_public": 1}).error["details"]["errors"]
    assert {error["field"] for error in errors} == {"name", "system_prompt", "is_public"}


def test_a_body_that_is_no_object_is_refused(user: Client) -> None:
    for raw in (b"[]", b"null", b'"text"', b"{", b"\xff", b'{"name": NaN}'):
        headers = {"content-type": "application/json"}
        answer = user.call("POST", ROLES, raw=raw, headers=headers)
        assert (answer.status, answer.error["code"]) == (400, "INVALID_REQUEST"), raw


def test_a_body_of_another_type_is_refused(user: Client) -> None:
    answer = user.call("POST", ROLES, raw=b"name=x", headers={"content-type": "text/plain"})
    assert answer.error["code"] == "UNSUPPORTED_MEDIA_TYPE"


def test_somebody_elses_knowledge_base_does_not_exist(user: Client, caller: Callers) -> None:
    own, foreign = _knowledge_base(caller.user_id), _knowledge_base(caller.other_user_id)
    answer = user.post(ROLES, role_body(knowledge_bases=[own, foreign]))
    assert answer.error["details"]["field"] == "knowledge_bases"
    assert foreign in answer.error["details"]["reason"]
    assert own not in answer.error["details"]["reason"]


def test_read_only_fields_are_not_set(user: Client, caller: Callers) -> None:
    sent = role_body(id="role_x", owner_id=caller.other_user_id, is_template=True, version=9)
    role = user.post(ROLES, sent).data
    assert role["id"] != "role_x"
    assert role["owner_id"] == caller.user_id
    assert (role["is_template"], role["version"]) == (False, 1)


def test_twice_the_same_skill_is_once(user: Client) -> None:
    skills = ["web_search", "file_processing", "web_search"]
    assert user.post(ROLES, role_body(skills=skills)).data["skills"] == skills[:2]


@pytest.mark.parametrize("role_id", ["role_x", "x", "..", "role_01ARZ3NDEKTSV4RRFFQ69G5FAV"])
def test_a_role_that_does_not_exist_is_not_found(user: Client, role_id: str) -> None:
    answer = user.get(f"{ROLES}/{role_id}")
    assert (answer.status, answer.error["code"]) == (404, "NOT_FOUND")
