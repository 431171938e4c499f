"""Every planned moment has exactly one record, whatever happens to its firing."""

from datetime import timedelta

import pytest

from shared.core import clock
from shared.workspaces.planning import plan_due
from tests.support.at_once import at_once
from tests.support.workspaces import (
    WORKSPACES,
    fire,
    firing,
    handle,
    new_workspace,
    only_run,
    runs_of,
    stored,
)


def told(workspace_id: str) -> list[tuple[str, str, str | None]]:
    """Moment, status and reason of each run, oldest first."""
    return [
        (run.planned_at[11:16] if run.planned_at else "", run.status, run.reason)
        for run in reversed(runs_of(workspace_id))
    ]


@pytest.fixture
def hourly(client, caller, world):
    """At 05:00, 06:00, … UTC; the time is 04:00."""

    def make(**fields):
        made = new_workspace(client, triggerType="interval", triggerValue="1h", **fields)
        world.settle()
        return stored(caller.user_id, made["id"])

    return make


def test_a_firing_makes_one_run_with_its_moment(hourly, world):
    workspace = hourly()
    world.pass_time(hours=1, seconds=20)
    handle(firing(workspace, world.now - timedelta(seconds=20)))
    world.settle()
    run = only_run(workspace.id)
    assert (run.planned_at, run.status, run.late) == (
        "2026-11-22T05:00:00.000Z",
        "succeeded",
        False,
    )


def test_a_firing_that_comes_twice_runs_once(hourly, world):
    workspace = hourly()
    world.pass_time(hours=1)
    for _ in range(3):
        handle(firing(workspace, world.now))
        world.settle()
    assert told(workspace.id) == [("05:00", "succeeded", None)]


def test_two_firings_at_once_make_one_record(hourly, world):
    workspace = hourly()
    world.pass_time(hours=1)
    at_once([lambda: plan_due(workspace.owner_id, workspace.id, world.now)] * 4)
    world.settle()
    assert told(workspace.id) == [("05:00", "succeeded", None)]


def test_a_clock_a_little_behind_does_not_lose_the_firing(hourly, world):
    workspace = hourly()
    moment = world.now + timedelta(hours=1)
    world.pass_time(minutes=59, seconds=59.9)
    handle(firing(workspace, moment))
    world.settle()
    assert told(workspace.id) == [("05:00", "succeeded", None)]


def test_a_lost_firing_is_noticed_and_still_on_time(hourly, world):
    workspace = hourly()
    world.pass_time(hours=1, minutes=1)
    world.sweep()
    assert told(workspace.id) == []
    world.pass_time(minutes=1, seconds=1)
    world.sweep()
    assert told(workspace.id) == [("05:00", "succeeded", None)]
    handle(firing(workspace, world.now))  # it comes after all
    world.settle()
    assert told(workspace.id) == [("05:00", "succeeded", None)]


def test_after_an_outage_missed_moments_are_passed_over(hourly, world):
    workspace = hourly()
    world.pass_time(hours=6, minutes=10)
    world.sweep()
    assert told(workspace.id) == [(f"{hour:02d}:00", "skipped", "missed") for hour in range(5, 11)]


def test_with_latest_the_newest_missed_one_runs_once_marked_late(hourly, world):
    workspace = hourly(missedPolicy="latest")
    world.pass_time(hours=6, minutes=10)
    world.sweep()
    assert told(workspace.id) == [
        *[(f"{hour:02d}:00", "skipped", "missed") for hour in range(5, 10)],
        ("10:00", "succeeded", None),
    ]
    assert [run.late for run in runs_of(workspace.id)] == [True, False, False, False, False, False]


def test_an_outage_of_weeks_is_recorded_in_portions(hourly, world):
    workspace = hourly(missedPolicy="latest")
    world.pass_time(days=3, minutes=30)
    world.sweep()
    found = told(workspace.id)
    assert len(found) == 72
    assert [status for _, status, _ in found] == ["skipped"] * 71 + ["succeeded"]


def test_moments_of_a_pause_are_recorded_as_such(client, hourly, world):
    workspace = hourly()
    path = f"{WORKSPACES}/{workspace.id}"
    client.put(path, {"status": "paused"})
    world.pass_time(hours=2, minutes=30)
    client.put(path, {"status": "active"})
    world.pass_time(minutes=30)
    fire(world, workspace)
    assert told(workspace.id) == [
        ("05:00", "skipped", "paused"),
        ("06:00", "skipped", "paused"),
        ("07:00", "succeeded", None),
    ]


def test_an_archived_workspace_plans_nothing(client, hourly, world):
    workspace = hourly()
    client.put(f"{WORKSPACES}/{workspace.id}", {"status": "archived"})
    world.pass_time(minutes=90)
    world.sweep()
    assert told(workspace.id) == []


def test_a_moment_that_meets_a_run_is_skipped(hourly, world):
    workspace = hourly()
    for _ in range(2):
        world.pass_time(hours=1)
        plan_due(workspace.owner_id, workspace.id, world.now)
    world.settle()
    assert told(workspace.id) == [("05:00", "succeeded", None), ("06:00", "skipped", "overlap")]


def test_with_queue_it_waits_and_runs_after_it(hourly, world):
    workspace = hourly(overlapPolicy="queue")
    for _ in range(3):
        world.pass_time(hours=1)
        plan_due(workspace.owner_id, workspace.id, world.now)
    held = stored(workspace.owner_id, workspace.id)
    assert len(held.waiting) == 2
    world.settle()
    assert told(workspace.id) == [(f"0{hour}:00", "succeeded", None) for hour in (5, 6, 7)]


def test_no_more_than_ten_runs_wait(hourly, world):
    workspace = hourly(overlapPolicy="queue")
    for _ in range(13):
        world.pass_time(hours=1)
        plan_due(workspace.owner_id, workspace.id, world.now)
    world.settle()
    statuses = [(status, reason) for _, status, reason in told(workspace.id)]
    assert statuses == [("succeeded", None)] * 11 + [("skipped", "overlap")] * 2


def test_what_was_planned_before_a_change_of_trigger_is_not_lost(client, hourly, world):
    workspace = hourly()
    world.pass_time(hours=1, seconds=5)
    changed = client.put(
        f"{WORKSPACES}/{workspace.id}", {"triggerType": "daily", "triggerValue": "20:00"}
    )
    assert changed.data["nextRunAt"] == "2026-11-22T12:00:00Z"
    assert changed.data["asyncStatus"] == "queued"
    world.settle()
    assert told(workspace.id) == [("05:00", "succeeded", None)]


def test_once_runs_once_and_its_schedule_goes(client, caller, world):
    made = new_workspace(client, triggerType="once", triggerValue="2026-11-22T12:30")
    workspace = stored(caller.user_id, made["id"])
    world.pass_time(minutes=30)
    fire(world, workspace)
    world.pass_time(days=1)
    fire(world, workspace)
    world.sweep()
    assert told(workspace.id) == [("04:30", "succeeded", None)]
    assert stored(caller.user_id, workspace.id).next_at is None


def test_a_firing_of_a_workspace_that_is_gone_does_nothing(client, hourly, world):
    workspace = hourly()
    client.delete(f"{WORKSPACES}/{workspace.id}")
    world.settle()
    world.pass_time(hours=1)
    assert handle(firing(workspace, world.now)) == []
    assert runs_of(workspace.id) == []


def test_times_on_the_workspace_follow(client, hourly, world):
    workspace = hourly()
    world.pass_time(hours=1, seconds=30)
    fire(world, workspace)
    shown = client.get(f"{WORKSPACES}/{workspace.id}").data
    assert shown["asyncStatus"] == "succeeded"
    assert shown["lastRunAt"] == clock.iso(world.now)
    assert shown["nextRunAt"] == "2026-11-22T06:00:00Z"
