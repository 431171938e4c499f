"""EventBridge Scheduler: rates, changed schedules, variables, pages, summer time."""

import json
import subprocess
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from tests.emulator.support import ROLE, RunningEmulator
from tests.support.waiting import until

ROOT = Path(__file__).parents[2]
SUMMER_TIME = """
from datetime import UTC, datetime
from zoneinfo import ZoneInfo
from ministack.services import eventbridge
from infra.local.emulator.mends import schedule_clock
schedule_clock.apply()
schedule_clock._zone.set(ZoneInfo("America/New_York"))
def fires(cron, moment):
    fields = eventbridge._parse_cron_fields(f"cron({cron})")
    found = eventbridge._cron_next_fire(fields, datetime.fromisoformat(moment))
    print(found.astimezone(UTC).isoformat())
fires("30 2 * * ? *", "2027-03-13T12:00:00+00:00")
fires("30 1 * * ? *", "2026-11-01T05:30:30+00:00")
"""


@pytest.fixture
def queue(emulator: RunningEmulator, request: pytest.FixtureRequest) -> tuple[str, str]:
    sqs = emulator.client("sqs")
    url = sqs.create_queue(QueueName=request.node.name[:80])["QueueUrl"]
    attributes = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])
    return url, attributes["Attributes"]["QueueArn"]


def schedule(expression: str, queue_arn: str, message: str = "{}", **more: Any) -> dict[str, Any]:
    return {
        "ScheduleExpression": expression,
        "ScheduleExpressionTimezone": "UTC",
        "FlexibleTimeWindow": {"Mode": "OFF"},
        "Target": {"Arn": queue_arn, "RoleArn": ROLE, "Input": message},
        **more,
    }


def received(emulator: RunningEmulator, url: str, seconds: int) -> list[str]:
    answer = emulator.client("sqs").receive_message(QueueUrl=url, WaitTimeSeconds=seconds)
    return [message["Body"] for message in answer.get("Messages", [])]


def test_a_rate_fires_first_at_its_start_and_says_which_moment_it_meant(
    emulator: RunningEmulator, queue: tuple[str, str]
) -> None:
    start = datetime.now(UTC).replace(microsecond=0) + timedelta(seconds=3)
    message = '{"at": "<aws.scheduler.scheduled-time>", "by": "<aws.scheduler.schedule-arn>"}'
    emulator.client("scheduler").create_schedule(
        Name="rate", **schedule("rate(5 minutes)", queue[1], message, StartDate=start)
    )
    (body,) = until(lambda: received(emulator, queue[0], 1))
    assert datetime.now(UTC) >= start
    told = json.loads(body)
    assert datetime.fromisoformat(told["at"]) == start
    assert told["by"].endswith(":schedule/default/rate")


def test_a_schedule_moved_to_an_earlier_time_waits_for_its_next_moment(
    emulator: RunningEmulator, queue: tuple[str, str]
) -> None:
    scheduler = emulator.client("scheduler")
    later = datetime.now(UTC) + timedelta(hours=2)
    earlier = datetime.now(UTC) - timedelta(minutes=1)
    scheduler.create_schedule(
        Name="moved", **schedule(f"cron({later.minute} {later.hour} * * ? *)", queue[1])
    )
    time.sleep(1.5)  # the sweep has seen it
    scheduler.update_schedule(
        Name="moved", **schedule(f"cron({earlier.minute} {earlier.hour} * * ? *)", queue[1])
    )
    assert received(emulator, queue[0], 3) == []


def test_schedules_are_listed_page_by_page(
    emulator: RunningEmulator, queue: tuple[str, str]
) -> None:
    scheduler = emulator.client("scheduler")
    scheduler.create_schedule_group(Name="paged")
    names = [f"schedule-{number:03d}" for number in range(25)]
    for name in names:
        scheduler.create_schedule(
            Name=name, GroupName="paged", **schedule("rate(1 days)", queue[1], State="DISABLED")
        )
    pages = scheduler.get_paginator("list_schedules").paginate(
        GroupName="paged", PaginationConfig={"PageSize": 10}
    )
    listed = [[item["Name"] for item in page["Schedules"]] for page in pages]
    assert listed == [names[:10], names[10:20], names[20:]]


def test_summer_time_skips_and_does_not_repeat(interpreter: Path) -> None:
    done = subprocess.run(
        [interpreter, "-c", SUMMER_TIME], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.split() == ["2027-03-15T06:30:00+00:00", "2026-11-02T06:30:00+00:00"]
