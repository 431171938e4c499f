"""Versions of a role: kept, listed, restored."""

from dataclasses import replace

import pytest

from shared.core import ids
from shared.data.knowledge_bases import new_knowledge_base, store_knowledge_base
from shared.data.roles import ModelConfig
from tests.integration.conftest import Callers
from tests.integration.roles.conftest import ROLES
from tests.support.http import Client
from tests.support.roles import stored_role


@pytest.fixture
def path(user: Client, caller: Callers) -> str:
    """A role with three versions: 一, 二, 三."""
    role = stored_role(caller.user_id, name="一", system_prompt="第一版")
    user.put(f"{ROLES}/{role.id}", {"name": "二", "system_prompt": "第二版"})
    user.put(f"{ROLES}/{role.id}", {"name": "三", "is_public": True})
    return f"{ROLES}/{role.id}"


def test_every_version_is_listed_newest_first(user: Client, path: str) -> None:
    data = user.get(f"{path}/versions").data
    assert [(item["version"], item["name"]) for item in data["items"]] == [
        (3, "三"),
        (2, "二"),
        (1, "一"),
    ]
    assert data["total"] == 3
    assert "system_prompt" not in data["items"][0]


def test_versions_are_paged(user: Client, path: str) -> None:
    second = user.get(f"{path}/versions", page=2, page_size=2).data
    assert [item["version"] for item in second["items"]] == [1]
    assert (second["total"], second["total_pages"]) == (3, 2)
    for past in (3, 2**64):
        assert user.get(f"{path}/versions", page=past, page_size=2).data["items"] == []


def test_a_version_is_read_with_its_prompt(user: Client, path: str) -> None:
    assert user.get(f"{path}/versions/1").data["system_prompt"] == "第一版"
    assert user.get(f"{path}/versions/3").data["system_prompt"] == "第二版"


def test_restoring_makes_a_new_version(user: Client, path: str) -> None:
    answer = user.post(f"{path}/versions/1/restore")
    assert answer.status == 200
    restored = answer.data
    assert (restored["version"], restored["name"], restored["system_prompt"]) == (4, "一", "第一版")
    assert restored["is_public"] is False
    assert user.get(path).data == restored
    assert user.get(ROLES).data["items"][0]["name"] == "一"
    assert [item["version"] for item in user.get(f"{path}/versions").data["items"]] == [4, 3, 2, 1]
    assert user.get(f"{path}/versions/3").data["name"] == "三"


def test_restoring_the_present_state_makes_no_version(user: Client, path: str) -> None:
    assert user.post(f"{path}/versions/3/restore").data["version"] == 3


@pytest.mark.parametrize("role_id", ["x", "role_x", "role_01ARZ3NDEKTSV4RRFFQ69G5FAV"])
def test_versions_of_no_role(user: Client, role_id: str) -> None:
    for path in ("versions", "versions/1"):
        assert user.get(f"{ROLES}/{role_id}/{path}").status == 404
    assert user.post(f"{ROLES}/{role_id}/versions/1/restore").status == 404


@pytest.mark.parametrize(("number", "status"), [("4", 404), ("0", 400), ("x", 400)])
def test_a_version_that_never_was(user: Client, path: str, number: str, status: int) -> None:
    assert user.get(f"{path}/versions/{number}").status == status
    assert user.post(f"{path}/versions/{number}/restore").status == status
    assert user.get(path).data["version"] == 3


def test_what_is_gone_by_now_is_not_restored(user: Client, caller: Callers) -> None:
    kept, gone = ids.new_id("kb"), ids.new_id("kb")
    store_knowledge_base(new_knowledge_base(kept, caller.user_id, "资料"))
    old_model = replace(ModelConfig("builtin", 0.1, 10, 0.5), model="retired-model")
    role = stored_role(caller.user_id, knowledge_bases=(gone, kept), model_config=old_model)
    path = f"{ROLES}/{role.id}"
    user.put(path, {"knowledge_bases": [], "model_config": {"model": "builtin"}})
    restored = user.post(f"{path}/versions/1/restore").data
    assert restored["knowledge_bases"] == [kept]
    assert restored["model_config"] == {
        "model": "builtin",
        "temperature": 0.1,
        "max_tokens": 10,
        "top_p": 0.5,
    }
