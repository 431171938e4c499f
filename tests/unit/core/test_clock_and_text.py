"""Times on the wire, and the caller's language."""

from datetime import UTC, datetime, timedelta, timezone

import pytest

from shared.core import clock
from shared.core.text import Text, choose_language


def test_times_are_utc_with_whole_seconds_on_the_wire() -> None:
    shanghai = timezone(timedelta(hours=8))
    moment = datetime(2026, 2, 27, 18, 0, 0, 123_456, shanghai)
    assert clock.iso(moment) == "2026-02-27T10:00:00Z"
    assert clock.iso_ms(moment) == "2026-02-27T10:00:00.123Z"
    assert clock.to_wire(clock.iso_ms(moment)) == "2026-02-27T10:00:00Z"


def test_years_have_four_digits() -> None:
    moment = datetime(1, 1, 1, tzinfo=UTC)
    assert clock.iso(moment) == "0001-01-01T00:00:00Z"
    assert clock.iso_ms(moment) == "0001-01-01T00:00:00.000Z"


@pytest.mark.parametrize(
    ("age_s", "is_recent"), [(0, True), (29.9, True), (30, False), (-0.1, False), (-3600, False)]
)
def test_what_was_remembered_in_the_future_is_not_recent(age_s: float, is_recent: bool) -> None:
    with clock.travelling(lambda: 1_000_000.0):
        assert clock.is_recent(1_000_000.0 - age_s, 30) is is_recent


def test_a_time_without_zone_is_utc() -> None:
    assert clock.parse("2026-02-27T10:00:00") == datetime(2026, 2, 27, 10, tzinfo=UTC)


@pytest.mark.parametrize(
    ("header", "language"),
    [
        ("", "zh"),
        ("*", "zh"),
        ("fr", "zh"),
        ("en", "en"),
        ("en-US,en;q=0.9,zh-CN;q=0.8", "en"),
        ("zh-CN,zh;q=0.9,en;q=0.8", "zh"),
        ("zh;q=0.2,en;q=0.7", "en"),
        ("en;q=broken", "zh"),
        ("EN-gb", "en"),
    ],
)
def test_the_preferred_of_both_languages_is_chosen(header: str, language: str) -> None:
    assert choose_language(header) == language


def test_a_text_fills_both_languages() -> None:
    text = Text("不能超过 {n}", "at most {n}").fill(n=3)
    assert (text.of("zh"), text.of("en")) == ("不能超过 3", "at most 3")
