"""Every process of a run dies around each of its AWS calls; one outcome comes of it."""

import itertools
from datetime import timedelta

import pytest

from shared.data.ledger_days import find_figures
from shared.workspaces.planning import plan_due
from tests.support.faults import Killed, dying_at
from tests.support.models import ScriptedModel, says, serve
from tests.support.workspaces import COMPANIES, WORKSPACES, handle, new_workspace, runs_of, stored


@pytest.fixture
def due(client, caller, world, monkeypatch):
    """A workspace whose moment has come and is planned; the body of its run's message."""
    serve(monkeypatch, ScriptedModel([says("好")]))
    made = stored(caller.user_id, new_workspace(client)["id"])
    world.settle()
    world.now = world.now.replace(hour=5)
    return made


def finish(world) -> None:
    """Time passes, housekeeping comes, the queue delivers again."""
    for _ in range(12):
        world.pass_time(minutes=2)
        world.sweep()


def test_a_death_while_planning_loses_and_doubles_nothing(client, due, world, monkeypatch):
    for number, after in itertools.product(range(2), (False, True)):
        world.now += timedelta(days=1)
        moments = len(runs_of(due.id))
        with dying_at(monkeypatch, number, after=after), pytest.raises(Killed):
            plan_due(due.owner_id, due.id, world.now)
        finish(world)
        assert len(runs_of(due.id)) >= moments + 1
    planned = [run.planned_at for run in runs_of(due.id)]
    assert len(planned) == len(set(planned)) == 5


@pytest.mark.parametrize("after", [False, True])
@pytest.mark.parametrize("number", range(9))
def test_a_death_while_running_leaves_one_outcome(
    client, due, world, monkeypatch, number: int, after: bool
):
    plan_due(due.owner_id, due.id, world.now)
    world.deliver_promises()
    (body,) = world.take_due()
    with dying_at(monkeypatch, number, after=after) as made:
        try:
            handle(body)
        except Killed:
            world.send("", body)  # SQS shows it again
    finish(world)
    (run,) = runs_of(due.id)
    assert run.status == "succeeded", made
    stats = client.get(f"{COMPANIES}/{due.company_id}").data["stats"]
    assert stats == {"workspaceCount": 1, "outcomeCount": 1}
    shown = client.get(f"{WORKSPACES}/{due.id}").data
    assert shown["asyncStatus"] == "succeeded"
    day = world.now.replace(hour=0, minute=0, second=0, microsecond=0)
    figures = find_figures(due.owner_id, day, day + timedelta(days=1))
    assert figures["total"].requests in (1, 2)
