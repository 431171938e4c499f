"""Bodies of the identity API: forms of e-mails, URLs and times, by properties."""

import string

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter, ValidationError

from functions.identity.schemas import Avatar, Email, Moment, NewKey, UserChange

EMAIL = TypeAdapter(Email)
AVATAR = TypeAdapter(Avatar)
MOMENT = TypeAdapter(Moment)
_LOCAL = st.text(string.ascii_letters + string.digits + ".!#$%&'*+/=?^_`{|}~-", min_size=1)
_LABEL = st.from_regex(r"[a-zA-Z0-9]([a-zA-Z0-9-]{0,20}[a-zA-Z0-9])?", fullmatch=True)


@given(_LOCAL.filter(lambda text: len(text) <= 64), st.lists(_LABEL, min_size=1, max_size=3))
def test_what_a_browser_takes_as_an_email_is_taken(local: str, labels: list[str]) -> None:
    email = f"{local}@{'.'.join(labels)}"
    assert EMAIL.validate_python(f"  {email}\t") == email.lower()


@given(st.text())
def test_an_accepted_email_is_its_own_normal_form(text: str) -> None:
    try:
        email = EMAIL.validate_python(text)
    except ValidationError:
        return
    assert EMAIL.validate_python(email.upper()) == email


@pytest.mark.parametrize("length", [254, 255])
def test_an_email_has_at_most_254_characters(length: int) -> None:
    email = "a" * (length - len("@example.com")) + "@example.com"
    if length == 254:
        assert EMAIL.validate_python(f" {email} ") == email
    else:
        with pytest.raises(ValidationError):
            EMAIL.validate_python(email)


def test_long_emails_are_judged_in_linear_time() -> None:
    with pytest.raises(ValidationError):
        EMAIL.validate_python("a@" + "a." * 120 + "!")


@pytest.mark.parametrize(
    "url", ["https://example.com", "https://例子.example/a.png", "HTTPS://EXAMPLE.COM:8443/a?b#c"]
)
def test_https_urls_are_taken_as_they_are(url: str) -> None:
    assert AVATAR.validate_python(url) == url


@pytest.mark.parametrize(
    "url", ["https://me:secret@example.com/", "https://a\\b/", "ftp://a.example", "https://a/<"]
)
def test_other_urls_are_refused(url: str) -> None:
    with pytest.raises(ValidationError):
        AVATAR.validate_python(url)


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("2030-01-01T00:00:00Z", "2030-01-01T00:00:00Z"),
        ("2030-01-01T08:00:00+08:00", "2030-01-01T00:00:00Z"),
        ("2030-01-01T00:00:00.999", "2030-01-01T00:00:00Z"),
        ("2030-01-01", "2030-01-01T00:00:00Z"),
    ],
)
def test_times_are_read_with_or_without_a_zone(text: str, shown: str) -> None:
    assert MOMENT.validate_python(text) == shown


@pytest.mark.parametrize("text", ["", "soon", "2030-13-01", "0001-01-01T00:00:00+14:00", "1" * 41])
def test_other_texts_are_no_times(text: str) -> None:
    with pytest.raises(ValidationError):
        MOMENT.validate_python(text)


def test_a_change_knows_what_was_sent() -> None:
    change = UserChange.model_validate({"subscription": {"plan": "pro"}, "avatar": None})
    assert change.given() == {"subscription": {"plan": "pro"}, "avatar": None}


def test_a_key_without_scopes_has_all() -> None:
    assert NewKey.model_validate({"name": "k"}).scopes == ["all"]
