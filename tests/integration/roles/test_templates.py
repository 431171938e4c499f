"""Built-in templates and the roles copied from them."""

from typing import Any

import pytest

from tests.integration.roles.conftest import ROLES
from tests.support.http import Client

COPIED = ("name", "description", "avatar", "category", "system_prompt", "welcome_message")


@pytest.fixture
def template(user: Client) -> dict[str, Any]:
    items = user.get(f"{ROLES}/templates").data["items"]
    found: dict[str, Any] = next(item for item in items if item["id"] == "template_knowledge_qa")
    return found


def test_templates_come_in_two_languages_and_look_like_roles(user: Client) -> None:
    items = user.get(f"{ROLES}/templates").data["items"]
    assert len(items) >= 12
    assert {item["language"] for item in items} == {"zh", "en"}
    role = user.post(ROLES, {"template_id": items[0]["id"]}).data
    own = {"owner_id", "version", "etag", "created_at", "updated_at"}
    for item in items:
        assert item["is_template"] is True
        assert set(role) - own <= set(item)


def test_a_role_is_a_copy_of_its_template(user: Client, template: dict[str, Any]) -> None:
    answer = user.post(ROLES, {"template_id": template["id"]})
    assert answer.status == 201
    role = answer.data
    assert {name: role[name] for name in COPIED} == {name: template[name] for name in COPIED}
    assert role["model_config"] == template["model_config"]
    assert role["skills"] == template["skills"]
    assert (role["is_template"], role["is_public"]) == (False, False)


def test_what_is_given_overrides_the_template(user: Client, template: dict[str, Any]) -> None:
    given = {"name": "我的助手", "avatar": None, "model_config": {"max_tokens": 42}}
    role = user.post(ROLES, {"template_id": template["id"], **given}).data
    assert (role["name"], role["avatar"]) == ("我的助手", None)
    assert role["model_config"] == {**template["model_config"], "max_tokens": 42}
    assert role["system_prompt"] == template["system_prompt"]


@pytest.mark.parametrize("template_id", ["knowledge_qa", "template_../handler", "", 7, None])
def test_a_template_that_does_not_exist(user: Client, template_id: Any) -> None:
    answer = user.post(ROLES, {"template_id": template_id})
    assert answer.status == 400
    assert answer.error["details"]["field"] in ("template_id", "name")


def test_what_overrides_a_template_is_checked(user: Client, template: dict[str, Any]) -> None:
    body = {"template_id": template["id"], "model_config": {"top_p": 2}, "name": ""}
    errors = user.post(ROLES, body).error["details"]["errors"]
    assert {error["field"] for error in errors} == {"name", "model_config.top_p"}
