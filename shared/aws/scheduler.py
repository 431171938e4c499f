"""EventBridge Scheduler: the schedules of one group, each with a message for one queue."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from shared.aws.clients import client

_PAGE = 100
# Where the queue does not take it, Scheduler tries again; what is later than this is found by
# the sweep over the planned moments anyway.
_RETRIES = {"MaximumEventAgeInSeconds": 900, "MaximumRetryAttempts": 10}


@dataclass(frozen=True, slots=True)
class Schedule:
    """One schedule; `input` is the message's body, `start` is set for rates only."""

    name: str
    expression: str
    zone: str
    input: str
    start: datetime | None = None


@dataclass(frozen=True, slots=True)
class ScheduleGroup:
    """The schedules of a group, all of which send to one queue under one role."""

    name: str
    queue_arn: str
    role_arn: str

    def put(self, schedule: Schedule, *, exists: bool) -> None:
        """Let the schedule of that name be this one; a right guess of `exists` saves a call."""
        wanted = self._request(schedule)
        ways = (_update, _create) if exists else (_create, _update)
        if not ways[0](wanted) and not ways[1](wanted):
            ways[0](wanted)  # somebody made or removed it in between

    def delete(self, name: str) -> bool:
        """Remove the schedule; False where there was none."""
        scheduler = client("scheduler")
        try:
            scheduler.delete_schedule(GroupName=self.name, Name=name)
        except scheduler.exceptions.ResourceNotFoundException:
            return False
        return True

    def find(self, name: str) -> Schedule | None:
        """The schedule of that name; None where there is none, or it sends to another queue."""
        scheduler = client("scheduler")
        try:
            found = scheduler.get_schedule(GroupName=self.name, Name=name)
        except scheduler.exceptions.ResourceNotFoundException:
            return None
        target = found["Target"]
        if (target["Arn"], target["RoleArn"]) != (self.queue_arn, self.role_arn):
            return None
        start = found.get("StartDate")
        return Schedule(
            name=name,
            expression=found["ScheduleExpression"],
            zone=found.get("ScheduleExpressionTimezone", "UTC"),
            input=target.get("Input", ""),
            start=start.astimezone(UTC) if start else None,
        )

    def names(self) -> Iterator[str]:
        """The names of all schedules of the group, a call per hundred."""
        pages = client("scheduler").get_paginator("list_schedules")
        found = pages.paginate(GroupName=self.name, PaginationConfig={"PageSize": _PAGE})
        for page in found:
            for item in page["Schedules"]:
                yield item["Name"]

    def _request(self, schedule: Schedule) -> dict[str, Any]:
        request: dict[str, Any] = {
            "GroupName": self.name,
            "Name": schedule.name,
            "ScheduleExpression": schedule.expression,
            "ScheduleExpressionTimezone": schedule.zone,
            "FlexibleTimeWindow": {"Mode": "OFF"},
            "Target": {
                "Arn": self.queue_arn,
                "RoleArn": self.role_arn,
                "Input": schedule.input,
                "RetryPolicy": _RETRIES,
            },
        }
        if schedule.start:
            request["StartDate"] = schedule.start
        if schedule.expression.startswith("at("):
            request["ActionAfterCompletion"] = "DELETE"
        return request


def _create(wanted: dict[str, Any]) -> bool:
    scheduler = client("scheduler")
    try:
        scheduler.create_schedule(**wanted)
    except scheduler.exceptions.ConflictException:
        return False
    return True


def _update(wanted: dict[str, Any]) -> bool:
    scheduler = client("scheduler")
    try:
        scheduler.update_schedule(**wanted)
    except scheduler.exceptions.ResourceNotFoundException:
        return False
    return True
