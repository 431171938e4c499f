"""Accounts as they come to be: registered over HTTP, the admin bootstrapped."""

from dataclasses import dataclass
from itertools import count
from typing import Any

import pytest
from argon2 import PasswordHasher

from functions.identity.handler import handler
from shared.auth import passwords
from tests.support.http import Answer, Client

PASSWORD = "correct horse battery staple"
_numbers = count(1)


def cheap_hashes(patch: pytest.MonkeyPatch) -> None:
    """Argon2id with parameters that take no time."""
    hasher = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
    patch.setattr(passwords, "_hasher", lambda: hasher)


@dataclass(frozen=True)
class Account:
    """A registered user and the tokens of its registration."""

    id: str
    email: str
    token: str
    refresh_token: str

    @property
    def client(self) -> Client:
        return Client(handler, self.token)


def anonymous() -> Client:
    """A caller without a credential."""
    return Client(handler)


def new_email() -> str:
    """An e-mail nobody has."""
    return f"person{next(_numbers)}@example.com"


def registration(**fields: Any) -> dict[str, Any]:
    """A good body of POST /register."""
    return {"email": new_email(), "password": PASSWORD, "name": "小明", **fields}


def new_account(**fields: Any) -> Account:
    """A fresh user."""
    answer = anonymous().post("/api/v1/auth/register", registration(**fields))
    assert answer.status == 201, answer.text
    user = answer.data["user"]
    return Account(
        user["id"], user["email"], answer.data["access_token"], answer.data["refresh_token"]
    )


def new_admin() -> Account:
    """A fresh admin."""
    email = new_email()
    made = handler({"bootstrap_admin": {"email": email, "password": PASSWORD}}, None)
    tokens = login(email).data
    return Account(made["user_id"], email, tokens["access_token"], tokens["refresh_token"])


def login(email: str, password: str = PASSWORD) -> Answer:
    """A try to sign in."""
    return anonymous().post("/api/v1/auth/login", {"email": email, "password": password})


def refresh(token: str) -> Answer:
    """A try to get the next tokens."""
    return anonymous().post("/api/v1/auth/refresh", {"refresh_token": token})
