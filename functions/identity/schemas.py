"""Bodies of the identity API, in and out (contract identity.md)."""

import re
from dataclasses import dataclass, replace
from typing import Annotated, Any, Literal, TypedDict
from urllib.parse import urlsplit

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, StringConstraints

from functions.identity.settings import IdentitySettings
from shared.auth.passwords import LONGEST, SHORTEST, is_common
from shared.auth.principal import Scope
from shared.core import clock
from shared.core.text import Text
from shared.data.api_keys import ApiKey
from shared.data.users import Subscription, User

# What browsers accept in <input type="email">: https://html.spec.whatwg.org/#valid-e-mail-address
_LABEL = "[a-zA-Z0-9](?:[a-zA-Z0-9-]{0,61}[a-zA-Z0-9])?"
_EMAIL = re.compile(rf"[a-zA-Z0-9.!#$%&'*+/=?^_`{{|}}~-]+@{_LABEL}(?:\.{_LABEL})*")
_NOT_IN_URLS = re.compile(r"[\s<>\"`{}|\\^]")
_NO_EMAIL = Text("不是有效的邮箱地址", "is not an e-mail address")
_NO_URL = Text("应为 https 网址", "must be an https URL")
_NO_TIME = Text("应为 ISO-8601 时间", "must be an ISO-8601 time")
_COMMON = Text("过于常见，请换一个密码", "is too common, choose another one")


def _email(text: str) -> str:
    if not _EMAIL.fullmatch(text):
        raise ValueError(_NO_EMAIL)
    return text.lower()


def _uncommon(password: str) -> str:
    if is_common(password):
        raise ValueError(_COMMON)
    return password


def _https_url(text: str) -> str:
    if not text.isprintable() or _NOT_IN_URLS.search(text):
        raise ValueError(_NO_URL)
    try:
        parts = urlsplit(text)
        good = parts.scheme == "https" and bool(parts.hostname) and parts.port != 0
    except ValueError:
        good = False
    if not good or "@" in parts.netloc:
        raise ValueError(_NO_URL)
    return text


def _moment(text: str) -> str:
    try:
        return clock.iso(clock.parse(text))
    except (ValueError, OverflowError):
        raise ValueError(_NO_TIME) from None


def _admin_email() -> str:
    return IdentitySettings.from_env().admin_email


def _distinct(values: list[str]) -> list[str]:
    return list(dict.fromkeys(values))


Email = Annotated[
    str, StringConstraints(strip_whitespace=True, max_length=254), AfterValidator(_email)
]
Name = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=80)]
NewPassword = Annotated[
    str, Field(min_length=SHORTEST, max_length=LONGEST), AfterValidator(_uncommon)
]
# What is compared, not chosen: a text that can be no password is simply a wrong one.
GivenPassword = Annotated[str, Field(max_length=1024)]
Avatar = Annotated[str, Field(max_length=2048), AfterValidator(_https_url)]
Moment = Annotated[str, Field(max_length=40), AfterValidator(_moment)]
Role = Literal["admin", "teacher", "student"]
# Without an end, each of a million wrong entries would be a failure of its own.
Roles = Annotated[list[Role], Field(max_length=20), AfterValidator(_distinct)]
Scopes = Annotated[list[Scope], Field(min_length=1, max_length=20), AfterValidator(_distinct)]


class _Body(BaseModel):
    model_config = ConfigDict(strict=True, extra="forbid")

    def given(self) -> dict[str, Any]:
        """The fields that the client set."""
        return self.model_dump(exclude_unset=True)


class Registration(_Body):
    email: Email
    password: NewPassword
    name: Name


class Login(_Body):
    email: Email
    password: GivenPassword


class RefreshToken(_Body):
    refresh_token: Annotated[str, Field(max_length=1024)]


class ProfileChange(_Body):
    """What a user changes of its own; what is not sent stays as it is."""

    name: Name = ""
    avatar: Avatar | None = None


class PasswordChange(_Body):
    current_password: GivenPassword
    new_password: NewPassword


class NewUser(_Body):
    """Without a password nobody can sign in until an admin sets one."""

    email: Email
    name: Name
    password: NewPassword | None = None


class SubscriptionChange(_Body):
    plan: Annotated[str, Field(pattern=r"^[a-z][a-z0-9_-]{0,39}$")] = ""
    status: Literal["active", "expired", "cancelled"] = "active"
    expires_at: Moment | None = None


class UserChange(ProfileChange):
    """What an admin changes; within `subscription` too, what is not sent stays."""

    roles: Roles = []
    subscription: SubscriptionChange = SubscriptionChange()
    status: Literal["active", "disabled"] = "active"
    password: NewPassword = ""


class NewKey(_Body):
    name: Name
    expires_at: Moment | None = None
    scopes: Scopes = ["all"]


class AdminBootstrap(_Body):
    """The event that makes the first admin; see functions/identity/bootstrap.py."""

    email: Email = Field(default_factory=_admin_email, validate_default=True)
    name: Name = "管理员"
    password: NewPassword | None = None


class UserBody(TypedDict):
    """A user, to itself and to admins."""

    id: str
    email: str
    name: str
    avatar: str | None
    workspace_id: str
    created_at: str
    updated_at: str
    roles: tuple[str, ...]
    subscription: Subscription
    status: str


class KeyBody(TypedDict):
    """A key without its secret."""

    id: str
    name: str
    prefix: str
    scopes: tuple[str, ...]
    created_at: str
    last_used_at: str | None
    expires_at: str | None


class NewKeyBody(KeyBody):
    """A key with its secret, shown once."""

    key: str


@dataclass(frozen=True, slots=True)
class Tokens:
    """What a sign-in gives; `expires_in` is the access token's life in seconds."""

    access_token: str
    refresh_token: str
    expires_in: int
    token_type: str = "Bearer"  # noqa: S105  # RFC 6750's name, no secret


def user_body(user: User) -> UserBody:
    return UserBody(
        id=user.id,
        email=user.email,
        name=user.name,
        avatar=user.avatar,
        workspace_id=user.workspace_id,
        created_at=clock.to_wire(user.created_at),
        updated_at=clock.to_wire(user.updated_at),
        roles=user.roles,
        subscription=_subscription_body(user.subscription),
        status=user.status,
    )


def _subscription_body(held: Subscription) -> Subscription:
    end = held.expires_at
    return replace(held, expires_at=end and clock.to_wire(end))


def key_body(key: ApiKey) -> KeyBody:
    return KeyBody(
        id=key.id,
        name=key.name,
        prefix=key.prefix,
        scopes=key.scopes,
        created_at=key.created_at,
        last_used_at=key.last_used_at,
        expires_at=key.expires_at,
    )
