"""Passwords: the hash, its parameters, the common ones."""

import pytest
from argon2 import PasswordHasher, extract_parameters
from argon2.exceptions import InvalidHashError
from argon2.low_level import Type

from shared.auth import passwords
from shared.auth.passwords import hash_password, is_common, is_outdated, verify_password


@pytest.fixture
def _cheap(monkeypatch: pytest.MonkeyPatch) -> None:
    hasher = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
    monkeypatch.setattr(passwords, "_hasher", lambda: hasher)


def test_hashes_are_argon2id_with_the_parameters_of_the_decision() -> None:
    stored = hash_password("correct horse")
    parameters = extract_parameters(stored)
    assert parameters.type is Type.ID
    assert (parameters.memory_cost, parameters.time_cost, parameters.parallelism) == (65536, 3, 1)
    assert parameters.salt_len >= 16
    assert verify_password("correct horse", stored)
    assert not is_outdated(stored)


@pytest.mark.usefixtures("_cheap")
def test_only_the_same_password_verifies() -> None:
    stored = hash_password("Pässword 密码")
    assert verify_password("Pässword 密码", stored)
    for other in ("pässword 密码", "Pässword 密码 ", "Pässword 密", ""):
        assert not verify_password(other, stored)


@pytest.mark.usefixtures("_cheap")
def test_the_same_text_composed_differently_is_the_same_password() -> None:
    assert verify_password("cafe\u0301", hash_password("caf\u00e9"))


@pytest.mark.usefixtures("_cheap")
def test_two_hashes_of_one_password_differ() -> None:
    assert hash_password("correct horse") != hash_password("correct horse")


def test_without_a_stored_hash_the_same_work_is_done(monkeypatch: pytest.MonkeyPatch) -> None:
    hashed: list[str] = []
    monkeypatch.setattr(passwords, "hash_password", lambda text: hashed.append(text) or "")
    assert not verify_password("correct horse", None)
    assert hashed == ["correct horse"]


@pytest.mark.usefixtures("_cheap")
def test_a_hash_of_other_parameters_is_outdated() -> None:
    other = PasswordHasher(time_cost=2, memory_cost=16, parallelism=1).hash("correct horse")
    assert is_outdated(other)
    assert verify_password("correct horse", other)


@pytest.mark.usefixtures("_cheap")
def test_a_stored_value_that_is_no_hash_is_a_fault_not_a_wrong_password() -> None:
    with pytest.raises(InvalidHashError):
        verify_password("correct horse", "plain text")


@pytest.mark.parametrize("password", ["password", "PassWord", "12345678", "qwertyuiop", "iloveyou"])
def test_common_passwords_are_known_in_any_case(password: str) -> None:
    assert is_common(password)


@pytest.mark.parametrize("password", ["correct horse battery staple", "密码密码密码密码", ""])
def test_other_passwords_are_not_common(password: str) -> None:
    assert not is_common(password)


def test_the_list_holds_what_could_pass_the_length() -> None:
    known = passwords._common_passwords()
    assert len(known) > 8000
    assert all(8 <= len(entry) <= 128 and entry == entry.lower() for entry in known)
