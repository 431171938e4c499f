"""Every task ends within its deadline and a minute, whatever else stands still.

Ten minutes are not waited for: the stored deadline is moved to now.
"""

from datetime import UTC, datetime, timedelta
from typing import Any

import boto3
import pytest

from tests.e2e import flows
from tests.e2e.conftest import System
from tests.e2e.painting import BY_VOLCENGINE, Painter, painter, simulators

TABLE = "rolecraft-local-tasks"
# Housekeeping comes every minute and takes a moment.
MINUTE = timedelta(seconds=60 + 10)

pytestmark = pytest.mark.usefixtures("ledger")


def never_ending(system: System) -> tuple[Painter, str]:
    """A task whose job the provider works on for ever."""
    user, simulator = painter(system), simulators(system)[BY_VOLCENGINE]
    simulator.told(mode="never", times=1)
    task_id = user.create(BY_VOLCENGINE)
    flows.eventually(lambda: user.attempt(task_id) == "submitted")
    return user, task_id


def deadline_is_now(user: Painter, task_id: str) -> datetime:
    deadline = datetime.now(UTC)
    now = deadline.isoformat(timespec="milliseconds").replace("+00:00", "Z")
    boto3.resource("dynamodb").Table(TABLE).update_item(
        Key={"pk": f"TASKS#{user.id}", "sk": f"TASK#{task_id}"},
        UpdateExpression="SET deadline = :now, gsi1sk = :sk",
        ExpressionAttributeValues={":now": now, ":sk": f"{now}#{task_id}"},
    )
    return deadline


def timed_out(user: Painter, task_id: str) -> dict[str, Any]:
    """The task, which must end within the minute."""
    deadline = deadline_is_now(user, task_id)
    task = user.ended(task_id)
    assert datetime.fromisoformat(task["finished_at"]) - deadline < MINUTE
    return task


def stop_workflow(task_id: str) -> None:
    workflows = boto3.client("stepfunctions")
    machines = workflows.list_state_machines()["stateMachines"]
    (machine,) = [each for each in machines if each["name"] == "rolecraft-local-task"]
    arn = machine["stateMachineArn"].replace(":stateMachine:", ":execution:")
    workflows.stop_execution(executionArn=f"{arn}:{task_id}-1")


def test_a_provider_that_never_finishes_ends_in_a_timeout(system: System) -> None:
    user, task_id = never_ending(system)
    task = timed_out(user, task_id)
    assert (task["status"], task["error"]["code"]) == ("failed", "TIMEOUT")
    user.check_charged(0)


def test_a_task_that_nobody_works_on_ends_within_a_minute_of_its_deadline(
    system: System,
) -> None:
    user, task_id = never_ending(system)
    stop_workflow(task_id)
    task = timed_out(user, task_id)
    assert (task["status"], task["error"]["code"]) == ("failed", "TIMEOUT")
    user.check_charged(0)
