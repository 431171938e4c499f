"""`rolecraft usage` against the real handler."""

from datetime import timedelta

import pytest

from functions.analytics.handler import handler as analytics
from shared.core import clock
from tests.support.analytics import spent
from tests.support.commands import Commands


@pytest.fixture
def rolecraft(aws: None, caller, monkeypatch: pytest.MonkeyPatch) -> Commands:
    return Commands(monkeypatch, {"/api/v1/analytics": analytics}, {"ROLECRAFT_TOKEN": caller.user})


def ago(days: int) -> str:
    return clock.iso(clock.now() - timedelta(days=days))


def test_usage_is_a_chart_and_its_shares(rolecraft, caller):
    spent(caller.user_id, ago(0), cost_micro=4_000_000, role_id="role_a", role_name="合同助手")
    spent(caller.user_id, ago(3), cost_micro=1_000_000, feature="image", model="seedream")

    said = rolecraft.run("usage", "--days", "30").stdout.splitlines()

    assert "2 requests, 60 tokens, 5.00 CNY" in said[0]
    chart = said[2:12]
    assert chart[0] == f"4.00 ┤{'  ' * 29}██"
    assert chart[7] == f"   0 ┤{'  ' * 26}██{'  ' * 2}██"
    assert chart[8] == f"     └{'─' * 60}"
    assert "合同助手" in said[-1]
    assert [line.split()[0] for line in said if "REQUESTS" in line] == [
        "MODEL", "FEATURE", "ROLE",
    ]  # fmt: skip


def test_other_figures_and_many_days_by_weeks(rolecraft, caller):
    spent(caller.user_id, ago(90))
    said = rolecraft.run("usage", "--days", "100", "--by", "tokens").stdout.splitlines()
    assert said[2].startswith("30 ┤")
    assert len(said[10]) < 40


def test_nothing_used_is_an_empty_chart(rolecraft):
    said = rolecraft.run("usage").stdout.splitlines()
    assert said[2] == "0.00 ┤"
    assert len(said) == 12


def test_json_is_what_the_api_says(rolecraft):
    assert len(rolecraft.json("usage", "--days", "7")["by_date"]) == 7


@pytest.mark.parametrize("wrong", [["--days", "0"], ["--by", "love"], ["--timezone", "X/Y"]])
def test_a_wrong_option_is_named(rolecraft, wrong):
    assert wrong[0] in rolecraft.run("usage", *wrong, code=2).output
