"""Lists of roles: scopes, filters, pages, totals."""

import pytest

from shared.data.roles import CardItem, to_card_item
from tests.integration.conftest import Callers
from tests.integration.roles.conftest import ROLES
from tests.support.http import Client
from tests.support.roles import a_role, role_body, stored_role


def _ids(client: Client, **query: object) -> list[str]:
    return [item["id"] for item in client.get(ROLES, **query).data["items"]]


def test_a_list_is_newest_first_and_paged(user: Client) -> None:
    made = [user.post(ROLES, role_body(name=f"角色 {n}")).data["id"] for n in range(5)]
    newest = made[::-1]
    first = user.get(ROLES, page=1, page_size=2).data
    assert [item["id"] for item in first["items"]] == newest[:2]
    assert (first["total"], first["page"], first["page_size"], first["total_pages"]) == (5, 1, 2, 3)
    assert _ids(user, page=3, page_size=2) == newest[4:]
    past = user.get(ROLES, page=9, page_size=2).data
    assert (past["items"], past["total"]) == ([], 5)


def test_items_of_a_list_have_no_prompt(user: Client) -> None:
    user.post(ROLES, role_body(welcome_message="您好"))
    item = user.get(ROLES).data["items"][0]
    assert "system_prompt" not in item
    assert item["welcome_message"] == "您好"
    assert item["model_config"]["model"] == "builtin"


def test_an_empty_list_has_no_pages(user: Client) -> None:
    data = user.get(ROLES).data
    assert (data["items"], data["total"], data["total_pages"]) == ([], 0, 0)


@pytest.mark.parametrize(
    "query",
    [{"page": 0}, {"page_size": 101}, {"page_size": "x"}, {"scope": "ours"}],
)
def test_a_bad_query_is_refused(user: Client, query: dict[str, object]) -> None:
    answer = user.get(ROLES, **query)
    assert answer.status == 400
    assert answer.error["details"]["field"] == next(iter(query))


def test_filters_count_what_they_let_pass(user: Client) -> None:
    user.post(ROLES, role_body(name="Contract HELPER", category="法务"))
    user.post(ROLES, role_body(name="客服", description="helper for orders", category="客服"))
    user.post(ROLES, role_body(name="翻译", category="法务"))
    assert user.get(ROLES, search="helper").data["total"] == 2
    assert user.get(ROLES, search="HeLpEr", category="法务").data["total"] == 1
    assert user.get(ROLES, category="法务").data["total"] == 2
    assert user.get(ROLES, category="法").data["total"] == 0
    assert user.get(ROLES, search="翻").data["items"][0]["name"] == "翻译"
    page = user.get(ROLES, category="法务", page=2, page_size=1).data
    assert (len(page["items"]), page["total"], page["total_pages"]) == (1, 2, 2)


def test_scopes(user: Client, other: Client) -> None:
    private = user.post(ROLES, role_body(name="private")).data["id"]
    public = user.post(ROLES, role_body(name="public", is_public=True)).data["id"]
    other.post(ROLES, role_body(name="hidden"))
    foreign = other.post(ROLES, role_body(name="foreign", is_public=True)).data["id"]
    own_again = user.post(ROLES, role_body(name="again", is_public=True)).data["id"]
    assert _ids(user) == [own_again, public, private]
    assert _ids(user, scope="public") == [own_again, foreign, public]
    assert _ids(user, scope="all") == [own_again, foreign, public, private]
    everything = user.get(ROLES, scope="all", page_size=2, page=2).data
    assert [item["id"] for item in everything["items"]] == [public, private]
    assert (everything["total"], everything["total_pages"]) == (4, 2)
    assert user.get(ROLES, scope="public").data["total"] == 3
    assert user.get(ROLES, scope="all", search="FOREIGN").data["total"] == 1


def test_a_role_enters_and_leaves_the_public_list(user: Client, other: Client) -> None:
    role_id = user.post(ROLES, role_body()).data["id"]
    assert _ids(other, scope="public") == []
    user.put(f"{ROLES}/{role_id}", {"is_public": True})
    assert _ids(other, scope="public") == [role_id]
    user.put(f"{ROLES}/{role_id}", {"is_public": False})
    listed = other.get(ROLES, scope="public").data
    assert (listed["items"], listed["total"]) == ([], 0)
    user.put(f"{ROLES}/{role_id}", {"is_public": True})
    user.delete(f"{ROLES}/{role_id}")
    assert other.get(ROLES, scope="public").data["total"] == 0
    assert user.get(ROLES, scope="all").data["total"] == 0


def test_a_list_follows_a_change_at_once(user: Client) -> None:
    role_id = user.post(ROLES, role_body(name="before")).data["id"]
    user.put(f"{ROLES}/{role_id}", {"name": "after"})
    assert user.get(ROLES).data["items"][0]["name"] == "after"
    user.delete(f"{ROLES}/{role_id}")
    assert user.get(ROLES).data["total"] == 0


@pytest.mark.parametrize("scope", ["mine", "public", "all"])
def test_any_page_past_the_end_is_empty(user: Client, scope: str) -> None:
    user.post(ROLES, role_body(is_public=True))
    for page in (2, 100_001, 2**31, 2**64):
        data = user.get(ROLES, page=page, page_size=100, scope=scope).data
        assert (data["items"], data["total"], data["page"]) == ([], 1, page)


def test_a_list_longer_than_one_answer_of_the_store(user: Client, caller: Callers) -> None:
    # 7.5 KB each: 160 are over the megabyte that one Query gives.
    texts = {"welcome_message": "长" * 2_000, "description": "长" * 500}
    stored_role(caller.user_id, name="0")
    with CardItem.batch_write() as batch:
        for number in range(1, 160):
            batch.save(to_card_item(a_role(caller.user_id, name=f"{number}", **texts)))
    assert len(_ids(user, page=1, page_size=100)) == 100
    assert user.get(ROLES, search="7", page_size=100).data["total"] == 25
