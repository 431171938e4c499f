"""Runs that fail, are tried again, given up, not paid for, or lose their runner."""

import asyncio
import json
from datetime import timedelta

import pytest

from shared.ai.errors import ProviderRejected, ProviderUnavailable
from shared.core.settings import forget_settings
from shared.data.ledger_days import find_figures
from shared.data.role_deletion import delete_some
from shared.ledger import ledger
from shared.workspaces import report
from shared.workspaces.planning import plan_due
from tests.support.faults import Killed, kill
from tests.support.models import ScriptedModel, says, serve
from tests.support.roles import stored_role
from tests.support.workspaces import (
    COMPANIES,
    WORKSPACES,
    Runtime,
    again,
    fire,
    fire_at_one,
    handle,
    made_day,
    only_run,
    retry,
    runs_of,
    stored,
)

PRICED = [
    {
        "name": "paid",
        "kind": "openai-compatible",
        "base_url": "http://127.0.0.1:9",
        "keyless": True,
        "models": [
            {
                "id": "paid-model",
                "kind": "chat",
                "context": 32000,
                "max_output": 1000,
                "currency": "CNY",
                "rates": [{"input": "1", "cached_input": "1", "output": "1"}],
            }
        ],
    }
]


def test_a_failing_provider_is_tried_three_times_with_waits(world, workspace, model, client):
    model.scripts = [[ProviderUnavailable("builtin")]]
    made = workspace()
    fire_at_one(world, made)
    run = only_run(made.id)
    assert (run.status, run.attempts, run.not_before) == (
        "queued", 1, "2026-11-22T05:00:40.000Z",
    )  # fmt: skip
    retry(world, seconds=29)
    assert again(run).attempts == 1
    retry(world, seconds=1)
    assert again(run).attempts == 2
    retry(world, seconds=120)
    ended = client.get(f"{WORKSPACES}/{made.id}/runs/{run.id}").data
    assert (ended["status"], ended["attempts"]) == ("failed", 3)
    assert ended["error"] == {"code": "UPSTREAM_ERROR", "reason": "unavailable"}
    assert client.get(f"{WORKSPACES}/{made.id}").data["asyncStatus"] == "failed"


def test_a_second_attempt_that_succeeds_leaves_one_outcome(world, workspace, model, client):
    model.scripts = [[ProviderUnavailable("builtin")], says("好")]
    made = workspace()
    fire_at_one(world, made)
    retry(world, seconds=30)
    run = only_run(made.id)
    assert (run.status, run.attempts, run.error_code) == ("succeeded", 2, None)
    assert client.get(f"{COMPANIES}/{made.company_id}").data["stats"]["outcomeCount"] == 1


def test_the_next_firing_happens_after_a_failure(world, workspace, model):
    model.scripts = [[ProviderRejected("builtin")], says("好")]
    made = workspace()
    fire_at_one(world, made)
    assert only_run(made.id).status == "failed"
    world.pass_time(days=1)
    fire(world, made)
    assert [run.status for run in runs_of(made.id)] == ["succeeded", "failed"]


def test_a_role_deleted_under_a_workspace_fails_the_run_with_a_reason(
    client, caller, world, workspace
):
    role = stored_role(caller.other_user_id, is_public=True)
    made = workspace(roleId=role.id)
    delete_some(caller.other_user_id, 10)
    fire_at_one(world, made)
    run = client.get(f"{WORKSPACES}/{made.id}/runs").data["items"][0]
    assert (run["status"], run["error"]) == (
        "failed", {"code": "CONFLICT", "reason": "role_gone"},
    )  # fmt: skip


def test_an_attempt_whose_runner_was_killed_is_made_again(world, workspace, model, monkeypatch):
    made = workspace()
    with monkeypatch.context() as patch:
        patch.setattr("shared.workspaces.running.write_report", lambda *_: kill())
        with pytest.raises(Killed):
            fire_at_one(world, made)
    run = only_run(made.id)
    assert run.status == "running"
    world.pass_time(seconds=59)
    world.sweep()
    assert again(run).status == "running"
    world.pass_time(seconds=2)
    world.sweep()
    assert (again(run).status, again(run).error_reason) == ("queued", "runner_died")
    retry(world, seconds=30)
    assert (again(run).status, again(run).attempts) == ("succeeded", 2)


def test_a_run_killed_three_times_has_failed_and_the_next_firing_happens(
    world, workspace, model, monkeypatch
):
    made = workspace()
    with monkeypatch.context() as patch:
        patch.setattr("shared.workspaces.running.write_report", lambda *_: kill())
        with pytest.raises(Killed):
            fire_at_one(world, made)
        for _ in range(2):
            world.pass_time(seconds=61)
            world.sweep()
            with pytest.raises(Killed):
                retry(world, seconds=120)
        world.pass_time(seconds=61)
        world.sweep()
    run = only_run(made.id)
    assert (run.status, run.attempts) == ("failed", 3)
    world.now = world.now.replace(day=23, hour=5, minute=0)
    fire(world, made)
    assert runs_of(made.id)[0].status == "succeeded"


def test_a_runner_taken_for_dead_leaves_no_second_outcome(world, workspace, model, monkeypatch):
    """It comes back to life after its run was given to another, and both finish."""
    made = workspace()
    real = report.write_report

    def slow(*arguments):
        answer = real(*arguments)
        with monkeypatch.context() as patch:
            patch.setattr("shared.workspaces.running.write_report", real)
            world.pass_time(seconds=61)
            world.sweep()
            retry(world, seconds=30)
        return answer

    monkeypatch.setattr("shared.workspaces.running.write_report", slow)
    fire_at_one(world, made)
    run = only_run(made.id)
    assert (run.status, run.attempts) == ("succeeded", 2)
    day = made_day(world)
    figures = find_figures(made.owner_id, day, day + timedelta(days=1))
    assert figures["total"].requests == 2  # both calls were made, and both are counted


def test_a_run_that_nobody_begins_is_sent_again(world, workspace, model):
    made = workspace()
    world.now = world.now.replace(hour=5)
    plan_due(made.owner_id, made.id, world.now)
    world.deliver_promises()
    world.waiting.clear()  # the message is lost
    world.pass_time(minutes=11)
    world.sweep()
    assert only_run(made.id).status == "succeeded"


def test_a_message_that_breaks_for_the_last_time_fails_its_run(
    world, workspace, model, monkeypatch
):
    def broken(*_):
        raise RuntimeError("a bug")

    made = workspace()
    monkeypatch.setattr("shared.workspaces.running.prepare", broken)
    plan_due(made.owner_id, made.id, world.now.replace(hour=5))
    world.deliver_promises()
    ((_, body),) = world.waiting
    assert handle(body, attempt=1) == ["message-1"]
    assert handle(body, attempt=2) == ["message-1"]
    assert handle(body, attempt=3) == []
    run = only_run(made.id)
    assert (run.status, run.error_code) == ("failed", "INTERNAL_ERROR")
    assert stored(made.owner_id, made.id).active_run is None


def test_a_model_that_takes_too_long_is_stopped(world, workspace, monkeypatch):
    never = asyncio.Event()
    serve(monkeypatch, ScriptedModel([[never]]))
    made = workspace()
    plan_due(made.owner_id, made.id, world.now.replace(hour=5))
    world.deliver_promises()
    ((_, body),) = world.waiting
    assert handle(body, runtime=Runtime(60_000)) == []
    monkeypatch.setattr("functions.workspace_runner.service._RESERVE_SECONDS", 59.8)
    assert handle(body, runtime=Runtime(60_000)) == []
    run = only_run(made.id)
    assert (run.status, run.error_reason) == ("queued", "timeout")


def test_a_planned_run_over_the_budget_is_skipped_and_a_manual_one_fails(
    client, caller, world, workspace, monkeypatch
):
    monkeypatch.setenv("PROVIDERS", json.dumps(PRICED))
    monkeypatch.setenv("DEFAULT_MODEL", "paid-model")
    forget_settings()
    ledger.set_budget(caller.user_id, 1, "block")
    made = workspace()
    fire_at_one(world, made)
    run = only_run(made.id)
    assert (run.status, run.reason) == ("skipped", "budget")
    client.post(f"{WORKSPACES}/{made.id}/run")
    world.settle()
    manual = runs_of(made.id)[0]
    assert (manual.status, manual.error_code, manual.error_reason) == (
        "failed", "RATE_LIMITED", "budget",
    )  # fmt: skip


def test_a_message_nobody_sends_is_refused(world):
    assert handle('{"kind": "poem"}') == ["message-1"]
