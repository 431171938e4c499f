"""A function that runs at a fixed rate."""

from __future__ import annotations

from aws_cdk import Duration
from aws_cdk import aws_events as events
from aws_cdk import aws_events_targets as targets
from constructs import Construct

from infra.constructs.function import AppFunction, FunctionSpec, Platform


class ScheduledFunction(AppFunction):
    """Runs every so many minutes. A missed or failed tick is not repeated: the next one serves."""

    def __init__(
        self, scope: Construct, spec: FunctionSpec, *, platform: Platform, minutes: int = 1
    ) -> None:
        super().__init__(scope, spec, platform=platform)
        self.rule = events.Rule(
            self,
            "Tick",
            rule_name=platform.stage.resource_name(spec.name),
            schedule=events.Schedule.rate(Duration.minutes(minutes)),
            targets=[targets.LambdaFunction(self.function, retry_attempts=0)],
        )
