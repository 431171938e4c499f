"""EventBridge Scheduler: time zones and punctuality."""

import time
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from tests.emulator.support import ROLE, RunningEmulator, eventually

SHANGHAI = ZoneInfo("Asia/Shanghai")


@pytest.fixture
def queue(emulator: RunningEmulator, request: pytest.FixtureRequest) -> tuple[str, str]:
    sqs = emulator.client("sqs")
    url = sqs.create_queue(QueueName=request.node.name)["QueueUrl"]
    attributes = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])
    return url, attributes["Attributes"]["QueueArn"]


def in_shanghai(seconds: float) -> datetime:
    return datetime.now(SHANGHAI) + timedelta(seconds=seconds)


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
    sqs = emulator.client("sqs")
    eventually(lambda: sqs.receive_message(QueueUrl=queue[0]).get("Messages"), seconds=8)
    assert datetime.now(SHANGHAI) >= due.replace(microsecond=0)


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
    sqs = emulator.client("sqs")
    started = time.monotonic()
    eventually(lambda: sqs.receive_message(QueueUrl=queue[0]).get("Messages"), seconds=70)
    assert time.monotonic() - started < 65
