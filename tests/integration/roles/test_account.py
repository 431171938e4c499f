"""Deleting an account removes its roles, some at a time."""

from shared.data.role_deletion import delete_some
from shared.data.role_versions import find_versions
from shared.data.roles import TOTAL, CardItem, find_own_cards, find_public_cards, find_role
from shared.data.table import find
from tests.integration.conftest import Callers
from tests.integration.roles.conftest import ROLES
from tests.support.http import Client
from tests.support.roles import stored_role


def test_all_roles_of_an_account_go_and_nobody_elses(user: Client, caller: Callers) -> None:
    roles = [stored_role(caller.user_id, is_public=n % 2 == 0) for n in range(5)]
    kept = stored_role(caller.other_user_id, is_public=True)
    user.put(f"{ROLES}/{roles[0].id}", {"name": "新"})
    assert delete_some(caller.user_id, limit=3) is False
    assert delete_some(caller.user_id, limit=3) is False
    assert find_own_cards(caller.user_id).total == 0
    assert delete_some(caller.user_id, limit=3) is True
    assert delete_some(caller.user_id) is True
    assert not any(find_role(role.id) for role in roles)
    assert list(find_versions(roles[0].id, 10)) == []
    assert find(CardItem, f"ROLES#{caller.user_id}", TOTAL) is None
    assert find_role(kept.id) == kept
    public = find_public_cards()
    assert (public.total, [card.id for card in public.cards]) == (1, [kept.id])
