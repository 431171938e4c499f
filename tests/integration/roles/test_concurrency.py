"""Changes and repeats at the same instant."""

from functools import partial

from shared.data.role_versions import find_versions
from shared.data.roles import find_own_cards, find_role
from tests.integration.conftest import Callers
from tests.integration.roles.conftest import ROLES
from tests.support.at_once import at_once
from tests.support.http import Client
from tests.support.roles import role_body, stored_role


def test_changes_of_different_fields_lose_nothing(user: Client, caller: Callers) -> None:
    role = stored_role(caller.user_id)
    changes = [
        {"name": "新名字"},
        {"description": "新描述"},
        {"category": "新类"},
        {"welcome_message": "新欢迎"},
        {"model_config": {"temperature": 0.1}},
        {"model_config": {"max_tokens": 77}},
        {"is_public": True},
        {"skills": ["web_search"]},
    ]
    path = f"{ROLES}/{role.id}"
    answers = at_once([partial(user.put, path, change) for change in changes])
    assert [answer.status for answer in answers] == [200] * len(changes)
    assert sorted(answer.data["version"] for answer in answers) == list(range(2, 10))
    data = user.get(path).data
    assert (data["name"], data["description"], data["category"]) == ("新名字", "新描述", "新类")
    assert (data["welcome_message"], data["skills"]) == ("新欢迎", ["web_search"])
    settings = data["model_config"]
    assert (settings["temperature"], settings["max_tokens"], settings["top_p"]) == (0.1, 77, 0.9)
    assert [card.version for card in find_versions(role.id, 20)] == list(range(9, 0, -1))
    cards = find_own_cards(caller.user_id)
    assert (cards.total, cards.public_total) == (1, 1)
    assert next(cards.cards).version == 9


def test_of_changes_from_one_etag_one_wins(user: Client, caller: Callers) -> None:
    role = stored_role(caller.user_id)
    path, headers = f"{ROLES}/{role.id}", {"if-match": '"v1"'}
    calls = [
        partial(user.call, "PUT", path, body={"name": f"{n}"}, headers=headers) for n in range(6)
    ]
    answers = at_once(calls)
    assert sorted(answer.status for answer in answers) == [200] + [409] * 5
    winner = next(answer for answer in answers if answer.status == 200)
    assert user.get(path).data["name"] == winner.data["name"]


def test_a_deletion_beats_the_changes_around_it(user: Client, caller: Callers) -> None:
    role = stored_role(caller.user_id)
    path = f"{ROLES}/{role.id}"
    changes = [partial(user.put, path, {"name": f"{number}"}) for number in range(4)]
    answers = at_once([*changes, partial(user.delete, path)])
    assert answers[-1].status == 200
    assert {answer.status for answer in answers[:-1]} <= {200, 404}
    assert find_role(role.id) is None
    assert list(find_versions(role.id, 20)) == []
    assert find_own_cards(caller.user_id).total == 0


def test_many_new_roles_at_once_are_all_counted(user: Client) -> None:
    bodies = [role_body(name=f"{number}", is_public=True) for number in range(10)]
    answers = at_once([partial(user.post, ROLES, body) for body in bodies])
    assert [answer.status for answer in answers] == [201] * 10
    for scope in ("mine", "public", "all"):
        data = user.get(ROLES, scope=scope).data
        assert (data["total"], len(data["items"])) == (10, 10)


def test_a_repeated_call_gives_the_first_answer(user: Client) -> None:
    headers = {"Idempotency_Key": "k-1"}
    first = user.post(ROLES, role_body(), **headers)
    again = user.post(ROLES, role_body(), **headers)
    assert (first.status, again.status) == (201, 201)
    assert again.text == first.text
    assert again.headers["idempotent-replay"] == "true"
    assert user.post(ROLES, role_body(name="另一个"), **headers).status == 409
    assert user.get(ROLES).data["total"] == 1


def test_a_call_repeated_at_the_same_instant_creates_once(user: Client) -> None:
    calls = [partial(user.post, ROLES, role_body(), Idempotency_Key="k-2") for _ in range(8)]
    answers = at_once(calls)
    assert {answer.status for answer in answers} <= {201, 409}
    created = {answer.data["id"] for answer in answers if answer.status == 201}
    assert len(created) == 1
    refused = [answer for answer in answers if answer.status == 409]
    assert all(answer.headers["retry-after"] == "1" for answer in refused)
    assert user.get(ROLES).data["total"] == 1
