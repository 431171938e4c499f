"""Tokens are found by a keyed digest and can be opened by their key, in their place only."""

import pytest
from cryptography.exceptions import InvalidTag

from functions.code_api.keys import FlowKey

KEY = FlowKey("k1", "a" * 64 + "b" * 64)
TOKEN = "flow_" + "0" * 64


def test_the_admin_token_is_no_part_of_the_other_keys() -> None:
    other = FlowKey("k1", "z" * 64 + "b" * 64)

    assert KEY.admin_token == "a" * 64
    assert other.lookup(TOKEN) == KEY.lookup(TOKEN)


def test_a_look_up_depends_on_the_key() -> None:
    assert KEY.lookup(TOKEN) != FlowKey("k1", "a" * 64 + "c" * 64).lookup(TOKEN)
    assert len(KEY.lookup(TOKEN)) == 64


def test_what_is_sealed_opens_in_its_own_place_only() -> None:
    sealed = KEY.seal(TOKEN, "place")

    assert sealed.startswith("k1.")
    assert TOKEN not in sealed
    assert sealed != KEY.seal(TOKEN, "place")
    assert KEY.open(sealed, "place") == TOKEN
    with pytest.raises(InvalidTag):
        KEY.open(sealed, "another place")
    with pytest.raises(InvalidTag):
        FlowKey("k1", "a" * 64 + "c" * 64).open(sealed, "place")
