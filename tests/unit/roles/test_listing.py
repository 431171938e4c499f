"""Filters and the merge of one's own roles with the public ones."""

from collections.abc import Iterator
from typing import Any

import pytest

from functions.roles import listing
from functions.roles.listing import CardFilter, list_roles
from shared.data.roles import CardList, RoleCard
from shared.http.paging import PageRequest
from tests.support.roles import a_role


def _cards(owner: str, *ids: str, **fields: Any) -> list[RoleCard]:
    return [a_role(owner, id=role_id, **fields) for role_id in ids]


class Store:
    """Two lists, and how far each was read."""

    def __init__(self, own: list[RoleCard], public: list[RoleCard]) -> None:
        self.lists = {"own": own, "public": public}
        self.read = {"own": 0, "public": 0}
        self.at_most: dict[str, int | None] = {}

    def find_own(self, _: str, at_most: int | None) -> CardList:
        mine = self.lists["own"]
        return self._list("own", sum(card.is_public for card in mine), at_most)

    def find_public(self, at_most: int | None) -> CardList:
        return self._list("public", 0, at_most)

    def _list(self, name: str, public_total: int, at_most: int | None) -> CardList:
        self.at_most[name] = at_most
        return CardList(len(self.lists[name]), public_total, self._reading(name))

    def _reading(self, name: str) -> Iterator[RoleCard]:
        for card in self.lists[name]:
            self.read[name] += 1
            yield card


def _use(monkeypatch: pytest.MonkeyPatch, store: Store) -> None:
    monkeypatch.setattr(listing, "find_own_cards", store.find_own)
    monkeypatch.setattr(listing, "find_public_cards", store.find_public)


def test_all_is_both_lists_without_doubles_newest_first(monkeypatch: pytest.MonkeyPatch) -> None:
    shared = _cards("me", "role_7", "role_3", is_public=True)
    own = [shared[0], *_cards("me", "role_5"), shared[1], *_cards("me", "role_1")]
    foreign = _cards("you", "role_8", "role_4", is_public=True)
    public = [foreign[0], shared[0], foreign[1], shared[1]]
    _use(monkeypatch, Store(own, public))
    page = list_roles("me", "all", CardFilter(), PageRequest(1, 20))
    numbers = [card.id[-1] for card in page.items]
    assert numbers == ["8", "7", "5", "4", "3", "1"]
    assert (page.total, page.total_pages) == (6, 1)
    second = list_roles("me", "all", CardFilter(), PageRequest(2, 2))
    assert [card.id[-1] for card in second.items] == ["5", "4"]


def test_a_page_reads_no_further_than_it_needs(monkeypatch: pytest.MonkeyPatch) -> None:
    own = _cards("me", *(f"role_{n:03d}" for n in range(500, 0, -2)))
    public = _cards("you", *(f"role_{n:03d}" for n in range(499, 0, -2)), is_public=True)
    store = Store(own, public)
    _use(monkeypatch, store)
    page = list_roles("me", "all", CardFilter(), PageRequest(2, 10))
    assert [card.id for card in page.items][:2] == ["role_490", "role_489"]
    assert store.at_most == {"own": 20, "public": 20}
    assert max(store.read.values()) <= 12


def test_own_public_roles_do_not_shorten_a_page(monkeypatch: pytest.MonkeyPatch) -> None:
    own = _cards("me", *(f"role_{n:03d}" for n in range(300, 200, -1)), is_public=True)
    foreign = _cards("you", *(f"role_{n:03d}" for n in range(200, 100, -1)), is_public=True)
    store = Store(own, [*own, *foreign])
    _use(monkeypatch, store)
    page = list_roles("me", "all", CardFilter(), PageRequest(11, 10))
    assert page.items[0].id == "role_200"
    assert store.at_most["public"] == 210


@pytest.mark.parametrize(
    ("wanted", "matches"),
    [
        (CardFilter(), True),
        (CardFilter(category="法务"), True),
        (CardFilter(category="法"), False),
        (CardFilter(search="合同"), True),
        (CardFilter(search="STRASSE"), True),
        (CardFilter(search="review"), True),
        (CardFilter(search="提示词"), False),
        (CardFilter(category="客服", search="合同"), False),
    ],
)
def test_a_filter_looks_at_category_name_and_description(wanted: CardFilter, matches: bool) -> None:
    card = a_role("me", name="合同 Review", description="Straße 审阅", system_prompt="提示词")
    assert wanted.matches(card) is matches
