"""The cron grammar: what EventBridge takes, and every mistake at once."""

import pytest

from shared.workspaces.cron import CronError, parse_cron


def reasons(expression: str) -> list[str]:
    with pytest.raises(CronError) as caught:
        parse_cron(expression)
    return [reason.en for reason in caught.value.reasons]


@pytest.mark.parametrize(
    ("field", "minutes"),
    [
        ("0", (0,)),
        ("*", tuple(range(60))),
        ("0/15", (0, 15, 30, 45)),
        ("*/20", (0, 20, 40)),
        ("10-30/10", (10, 20, 30)),
        ("5,1,5-7", (1, 5, 6, 7)),
    ],
)
def test_numbers_ranges_steps_and_lists(field: str, minutes: tuple[int, ...]) -> None:
    assert parse_cron(f"{field} 9 * * ? *").minutes == minutes


def test_words_may_be_in_lower_case_and_blanks_do_not_count() -> None:
    cron = parse_cron("  0  9 ? jan,MAR-may  mon-Fri *")
    assert cron.months == {1, 3, 4, 5}
    assert cron.days.days_in(2026, 11) == [day for day in range(1, 31) if day % 7 not in (0, 1)]


@pytest.mark.parametrize(
    ("day_of_month", "year", "month", "days"),
    [
        ("L", 2026, 2, [28]),
        ("L", 2028, 2, [29]),
        ("31", 2026, 11, []),
        ("15W", 2026, 11, [16]),  # a Sunday: the Monday after
        ("14W", 2026, 11, [13]),  # a Saturday: the Friday before
        ("1W", 2026, 8, [3]),  # never into the month before
        ("31W", 2026, 5, [29]),  # nor into the one after
        ("31W", 2026, 11, []),
        ("10-12", 2026, 11, [10, 11, 12]),
    ],
)
def test_days_of_a_month(day_of_month: str, year: int, month: int, days: list[int]) -> None:
    assert parse_cron(f"0 9 {day_of_month} * ? *").days.days_in(year, month) == days


@pytest.mark.parametrize(
    ("day_of_week", "days"),
    [
        ("1", [1, 8, 15, 22, 29]),  # EventBridge's Sunday
        ("SUN", [1, 8, 15, 22, 29]),
        ("L", [7, 14, 21, 28]),  # the last day of the week
        ("6L", [27]),
        ("FRIL", [27]),
        ("TUE#2", [10]),
        ("3#2", [10]),
        ("MON#5", [30]),
        ("TUE#5", []),
    ],
)
def test_weekdays_of_november_2026(day_of_week: str, days: list[int]) -> None:
    assert parse_cron(f"0 9 ? * {day_of_week} *").days.days_in(2026, 11) == days


def test_years_are_kept_and_every_year_is_none() -> None:
    assert parse_cron("0 9 1 1 ? 2027-2029").years == {2027, 2028, 2029}
    assert parse_cron("0 9 1 1 ? *").years is None


def test_six_wrong_fields_are_six_mistakes() -> None:
    found = reasons("61 25 32 13 9 1969")
    assert [each.partition(":")[0] for each in found] == [
        "minutes", "hours", "day-of-month", "month", "day-of-week", "year",
    ]  # fmt: skip
    assert found[0] == "minutes: “61” is not within 0–59"


@pytest.mark.parametrize(
    ("expression", "reason"),
    [
        (
            "0 9 * * ?",
            "must have 6 fields (minutes hours day-of-month month day-of-week year), not 5",
        ),
        ("", "must have 6 fields (minutes hours day-of-month month day-of-week year), not 0"),
        ("0 9 * * * *", "exactly one of day-of-month and day-of-week must be ?"),
        ("0 9 ? * ? *", "exactly one of day-of-month and day-of-week must be ?"),
        ("30-10 9 * * ? *", "minutes: the range “30-10” runs backwards"),
        ("0/0 9 * * ? *", "minutes: the step of “0/0” must be 1–60"),
        ("0/ 9 * * ? *", "minutes: the step of “0/” must be 1–60"),
        ("a 9 * * ? *", "minutes: “A” is not understood"),
        ("1,, 9 * * ? *", "minutes: “” is not understood"),
        ("0 9 LW * ? *", "day-of-month: “LW” is not understood"),
        ("0 9 1,5W * ? *", "day-of-month: “1,5W” is not understood"),
        ("0 9 ? * 6#6 *", "day-of-week: after # in “6#6” comes 1–5"),
        ("0 9 ? * 2L,3 *", "day-of-week: “2L” is not understood"),
        ("? 9 * * ? *", "minutes: “?” is not understood"),
        ("٣ 9 * * ? *", "minutes: “٣” is not understood"),
    ],
)
def test_a_mistake_is_named(expression: str, reason: str) -> None:
    assert reasons(expression) == [reason]
