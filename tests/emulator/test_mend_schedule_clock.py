"""EventBridge Scheduler: time zones and punctuality."""

from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from tests.emulator.support import ROLE, RunningEmulator
from tests.support.waiting import until

SHANGHAI = ZoneInfo("Asia/Shanghai")
# A sweep comes every second; another zone would be hours off, the next minute a whole one.
ON_TIME = timedelta(seconds=10)


@pytest.fixture
def queue(emulator: RunningEmulator, request: pytest.FixtureRequest) -> tuple[str, str]:
    sqs = emulator.client("sqs")
    url = sqs.create_queue(QueueName=request.node.name)["QueueUrl"]
    attributes = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])
    return url, attributes["Attributes"]["QueueArn"]


def in_shanghai(seconds: float) -> datetime:
    return datetime.now(SHANGHAI) + timedelta(seconds=seconds)


def fired(emulator: RunningEmulator, url: str) -> datetime:
    """When the message of a schedule was sent, by the queue's own clock."""
    sqs = emulator.client("sqs")

    def received() -> Any:
        return sqs.receive_message(QueueUrl=url, AttributeNames=["SentTimestamp"]).get("Messages")

    (message,) = until(received, seconds=120)
    return datetime.fromtimestamp(int(message["Attributes"]["SentTimestamp"]) / 1000, UTC)


def schedule(expression: str, queue_arn: str) -> dict[str, Any]:
    return {
        "ScheduleExpression": expression,
        "ScheduleExpressionTimezone": "Asia/Shanghai",
        "FlexibleTimeWindow": {"Mode": "OFF"},
        "Target": {"Arn": queue_arn, "RoleArn": ROLE, "Input": '{"fired": true}'},
    }


def test_at_is_read_in_its_time_zone_and_fires_on_time(
    emulator: RunningEmulator, queue: tuple[str, str]
) -> None:
    due = in_shanghai(2)
    emulator.client("scheduler").create_schedule(
        Name="at-shanghai", **schedule(f"at({due:%Y-%m-%dT%H:%M:%S})", queue[1])
    )
    assert timedelta() <= fired(emulator, queue[0]) - due.replace(microsecond=0) < ON_TIME


def test_at_in_the_future_of_its_zone_does_not_fire(
    emulator: RunningEmulator, queue: tuple[str, str]
) -> None:
    due = in_shanghai(3600)
    emulator.client("scheduler").create_schedule(
        Name="at-later", **schedule(f"at({due:%Y-%m-%dT%H:%M:%S})", queue[1])
    )
    waited = emulator.client("sqs").receive_message(QueueUrl=queue[0], WaitTimeSeconds=3)
    assert not waited.get("Messages")


def test_template_keeps_time_zone_through_updates(
    emulator: RunningEmulator, queue: tuple[str, str]
) -> None:
    scheduler = emulator.client("scheduler")
    properties = schedule("cron(30 9 * * ? *)", queue[1])
    resource = {"Type": "AWS::Scheduler::Schedule", "Properties": {**properties, "Name": "cron"}}
    emulator.deploy({"S": resource}, "schedule-zone")
    assert scheduler.get_schedule(Name="cron")["ScheduleExpressionTimezone"] == "Asia/Shanghai"
    tokyo = {**resource["Properties"], "ScheduleExpressionTimezone": "Asia/Tokyo"}
    emulator.deploy({"S": {**resource, "Properties": tokyo}}, "schedule-zone")
    assert scheduler.get_schedule(Name="cron")["ScheduleExpressionTimezone"] == "Asia/Tokyo"


def test_cron_fires_in_its_time_zone(emulator: RunningEmulator, queue: tuple[str, str]) -> None:
    due = in_shanghai(61)
    emulator.client("scheduler").create_schedule(
        Name="cron-shanghai", **schedule(f"cron({due.minute} {due.hour} * * ? *)", queue[1])
    )
    minute = due.replace(second=0, microsecond=0)
    assert timedelta() <= fired(emulator, queue[0]) - minute < ON_TIME
