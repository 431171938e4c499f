"""What the code-block API takes (contract flow.md); unknown fields are refused."""

import re
from datetime import datetime, timedelta
from typing import Annotated, Any, Literal, TypeVar

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError

from shared.core import clock
from shared.core.text import Text
from shared.http.flow_envelope import BadParameter, parse_local_time

LONGEST_DAYS = 36_500
_EMAIL = re.compile(r"[^@\s]{1,64}@[^@\s.]+(?:\.[^@\s.]+)+")
_EMPTY = Text("不能为空", "is required")
_NO_EMAIL = Text("不是有效的邮箱地址", "is not an e-mail address")
_NO_TIME = Text(
    "格式应为 yyyy-MM-dd 或 yyyy-MM-dd HH:mm:ss", "must be yyyy-MM-dd or yyyy-MM-dd HH:mm:ss"
)
_DAYS = Text(f"应在 1 到 {LONGEST_DAYS} 之间", f"must be from 1 to {LONGEST_DAYS}")
_PAST = Text("必须晚于当前时间", "must be in the future")


def _filled(text: str) -> str:
    stripped = text.strip()
    if not stripped:
        raise ValueError(_EMPTY)
    return stripped


def _email(text: str) -> str:
    if not _EMAIL.fullmatch(text):
        raise ValueError(_NO_EMAIL)
    return text


WorkspaceId = Annotated[str, Field(max_length=128), AfterValidator(_filled)]
Email = Annotated[str, Field(max_length=254), AfterValidator(_filled), AfterValidator(_email)]


class _Limits(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)

    rate_limit_per_minute: int | None = Field(None, ge=1, le=1_000_000)
    rate_limit_burst: int | None = Field(None, ge=1, le=100_000)
    rate_limit_window_seconds: int | None = Field(None, ge=1, le=86_400)
    specific_date: str | None = None  # looked at where the operation needs it only


class NewToken(_Limits):
    """Body of POST /flow/tokens."""

    ws_id: WorkspaceId
    email: Email
    operation: Literal["add", "set", "unlimited"]
    days: int | None = None


class TokenChange(_Limits):
    """Body of PUT /flow/tokens/:token."""

    operation: Literal["set", "unlimited"]


M = TypeVar("M", bound=BaseModel)


def read_body(kind: type[M], raw: bytes) -> M:
    """The body as that model, whatever its Content-Type says (clients of old send none).

    Raises:
        BadParameter: it is not of that form.
    """
    try:
        return kind.model_validate_json(raw)
    except ValidationError as error:
        failures: list[Any] = list(error.errors(include_url=False, include_input=False))
        raise BadParameter.of_validation(failures) from None


def end_of(body: NewToken | TokenChange) -> datetime | None:
    """The moment the token ends at, None for never.

    Raises:
        BadParameter: the operation's own field is missing or wrong.
    """
    if isinstance(body, NewToken) and body.operation == "add":
        return clock.now() + timedelta(days=_days(body.days))
    if body.operation == "set":
        return _future(body.specific_date)
    return None


def _days(given: int | None) -> int:
    if given is None:
        raise BadParameter("days", _EMPTY)
    if not 1 <= given <= LONGEST_DAYS:
        raise BadParameter("days", _DAYS)
    return given


def _future(given: str | None) -> datetime:
    if not given or not given.strip():
        raise BadParameter("specific_date", _EMPTY)
    try:
        moment = parse_local_time(given.strip())
    except ValueError:
        raise BadParameter("specific_date", _NO_TIME) from None
    if moment <= clock.now():
        raise BadParameter("specific_date", _PAST)
    return moment
