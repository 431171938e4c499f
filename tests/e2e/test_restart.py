"""A restart of everything: the emulator with its state, the servers, the functions."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import pytest

from tests.e2e import flows
from tests.e2e.conftest import System, running_system
from tests.e2e.test_workspaces import ended_run, moment, new_company, new_workspace
from tests.support.ports import own_port

# No interval is shorter than five minutes.
pytestmark = pytest.mark.takes(330)


@contextmanager
def started(state: Path, port: int) -> Iterator[System]:
    """The system on that state, until it is stopped again."""
    with running_system(state, port, {}) as url:
        system = System(url, state, "")
        yield system
        for client in system.clients:
            client.close()


def test_an_interval_survives_a_restart_of_everything(tmp_path: Path) -> None:
    state, port = tmp_path / "state", own_port()
    with started(state, port) as system:
        client = system.demo_user()
        made = new_workspace(client, new_company(client), triggerType="interval", triggerValue="5m")
        due = moment(made["nextRunAt"])
    with started(state, port) as system:
        assert datetime.now(UTC) < due, "the restart took longer than the interval"
        left = (due - datetime.now(UTC)).total_seconds()
        run = ended_run(system.demo_user(), made["id"], left + flows.PATIENCE_SECONDS)
    assert moment(run["plannedAt"]) == due
    assert moment(run["startedAt"]) >= due
