"""The schedules of workspaces: their group, the role they send under, the daily comparison."""

from __future__ import annotations

import json

from aws_cdk import Aws, Fn
from aws_cdk import aws_iam as iam
from aws_cdk import aws_scheduler as scheduler
from constructs import Construct

from infra.constructs.function import AppFunction
from infra.constructs.queue import WorkQueue
from infra.nag import accept
from infra.stages import Stage

_PUT = (
    "scheduler:CreateSchedule",
    "scheduler:DeleteSchedule",
    "scheduler:GetSchedule",
    "scheduler:UpdateSchedule",
)
_ARN = "arn:${AWS::Partition}:scheduler:${AWS::Region}:${AWS::AccountId}"
# At night in Asia, where the default time zone is, and away from full hours.
_DAILY = "cron(17 19 * * ? *)"


class Schedules(Construct):
    """Functions make the schedules, one per active timed workspace; the template makes none.

    Deleting the group deletes them all. Whatever is lost here is made again by the comparison.
    """

    def __init__(self, scope: Construct, *, queue: WorkQueue, stage: Stage) -> None:
        super().__init__(scope, "Schedules")
        self._queue = queue
        self._group_name = stage.resource_name("workspaces")
        self.group = scheduler.CfnScheduleGroup(self, "Group", name=self._group_name)
        self.role = iam.Role(
            self,
            "Role",
            assumed_by=iam.ServicePrincipal(
                "scheduler.amazonaws.com",
                conditions={"StringEquals": {"aws:SourceAccount": Aws.ACCOUNT_ID}},
            ),
        )
        queue.queue.grant_send_messages(self.role)
        self._compare_daily(stage)

    def _compare_daily(self, stage: Stage) -> None:
        """In the default group: the comparison removes what belongs to no workspace."""
        scheduler.CfnSchedule(
            self,
            "Daily",
            name=stage.resource_name("reconcile"),
            schedule_expression=_DAILY,
            schedule_expression_timezone="UTC",
            flexible_time_window=scheduler.CfnSchedule.FlexibleTimeWindowProperty(mode="OFF"),
            target=scheduler.CfnSchedule.TargetProperty(
                arn=self._queue.queue.queue_arn,
                role_arn=self.role.role_arn,
                input=json.dumps({"kind": "reconcile"}),
            ),
        )

    def grant_put(self, function: AppFunction) -> None:
        """Lets the function make, look at, change and remove schedules of the group."""
        schedules = f"{_ARN}:schedule/{self._group_name}/*"
        function.allow(_PUT, (Fn.sub(schedules),))
        passed = {"StringEquals": {"iam:PassedToService": "scheduler.amazonaws.com"}}
        function.allow(("iam:PassRole",), (self.role.role_arn,), passed)
        accept(
            function.role,
            f"AwsSolutions-IAM5[Resource::{schedules.replace('${', '<').replace('}', '>')}]",
            "schedules are named by their workspaces, which are made while the service runs",
        )
        function.set_environment("SCHEDULE_GROUP", self._group_name)
        function.set_environment("SCHEDULE_ROLE_ARN", self.role.role_arn)
        function.set_environment("WORKSPACES_QUEUE_ARN", self._queue.queue.queue_arn)

    def grant_list(self, function: AppFunction) -> None:
        """Lets the function list schedules."""
        function.allow(("scheduler:ListSchedules",), ("*",))
        accept(
            function.role,
            "AwsSolutions-IAM5[Resource::*]",
            "ListSchedules knows no resource; it tells names and nothing of their content",
        )
