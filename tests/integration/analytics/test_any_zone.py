"""Usage by the days of any time zone is what the ledger's lines say, changes of clocks included."""

import random
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from shared.core import clock
from shared.data.ledger_lines import StoredLine, find_lines
from tests.support.analytics import USAGE, spent

ZONES = (
    "UTC",
    "Asia/Shanghai",
    "Asia/Kolkata",
    "Asia/Kathmandu",
    "America/New_York",
    "America/St_Johns",
    "Australia/Adelaide",
    "Australia/Lord_Howe",
    "Pacific/Chatham",
    "Pacific/Kiritimati",
    "Pacific/Marquesas",
)
# New York changes its clocks on 2026-03-08, Lord Howe (by half an hour), Adelaide and Chatham on
# 2026-04-05 or 2026-10-04.
WEEKENDS = (date(2026, 3, 7), date(2026, 4, 4), date(2026, 10, 3))
CALLS = 30


def figures(lines: list[StoredLine]) -> dict[str, Any]:
    cost_micro = sum(each.line.cost_micro for each in lines)
    tokens = sum(each.line.tokens for each in lines)
    return {"requests": len(lines), "tokens": tokens, "cost": cost_micro / 1_000_000}


def by(lines: list[StoredLine], kind: str) -> dict[str, dict[str, Any]]:
    names = {getattr(each.line, kind) for each in lines} - {None}
    return {
        name: figures([each for each in lines if getattr(each.line, kind) == name])
        for name in names
    }


def without(row: dict[str, Any], *names: str) -> dict[str, Any]:
    return {name: value for name, value in row.items() if name not in names}


@pytest.mark.parametrize("weekend", WEEKENDS, ids=str)
def test_the_days_of_every_zone_are_those_of_the_lines(client, caller, weekend):
    chance = random.Random(weekend.toordinal())
    begin = datetime.combine(weekend, datetime.min.time(), UTC) - timedelta(days=1)
    for _ in range(CALLS):
        moment = begin + timedelta(minutes=15) * chance.randrange(4 * 96)
        spent(
            caller.user_id,
            clock.iso(moment + timedelta(seconds=chance.choice((0, 1, 899)))),
            cost_micro=chance.randrange(5_000),
            prompt_tokens=chance.randrange(9),
            feature=chance.choice(("chat", "image")),
            model=chance.choice(("builtin", "other")),
            role_id=chance.choice((None, "role_1", "role_2")),
        )
    lines = list(find_lines(caller.user_id, begin, begin + timedelta(days=4)))
    assert len(lines) == CALLS

    first, last = weekend, weekend + timedelta(days=1)
    for zone in ZONES:
        found = client.get(USAGE, start_date=str(first), end_date=str(last), timezone=zone).data
        local = {
            each.call_id: each.line.started_at.astimezone(ZoneInfo(zone)).date() for each in lines
        }
        within = [each for each in lines if first <= local[each.call_id] <= last]
        assert {row["date"]: without(row, "date") for row in found["by_date"]} == {
            str(day): figures([each for each in within if local[each.call_id] == day])
            for day in (first, last)
        }, zone
        total = {name: found[f"total_{name}"] for name in ("requests", "tokens", "cost")}
        assert total == figures(within), zone
        for kind, name in (("role", "role_id"), ("model", "model"), ("feature", "feature")):
            rows = {row[name]: without(row, name, "role_name") for row in found[f"by_{kind}"]}
            assert rows == by(within, name), (zone, kind)
