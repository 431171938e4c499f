"""Where budgets tell that they are used up: an event bus, and a topic that sends e-mails."""

from __future__ import annotations

from aws_cdk import aws_events as events
from aws_cdk import aws_events_targets as targets
from aws_cdk import aws_sns as sns
from aws_cdk import aws_sns_subscriptions as subscriptions
from constructs import Construct

from infra.constructs.function import AppFunction
from infra.stages import Stage

SOURCE = "rolecraft"
BUDGET = "BudgetThresholdReached"
_MAIL = (
    "RoleCraft: {percent} % of the budget of {month} is reached: {spent} of {limit} {currency} "
    "are spent (user {user}, action {action}).\n"
    "{month} 的预算已达到 {percent}%：已使用 {spent} / {limit} {currency}（用户 {user}）。"
)


class Notices(Construct):
    """Anyone in the account may add rules to the bus; ours sends each notice to the topic.

    EventBridge repeats what the topic does not take for a day.
    """

    def __init__(self, scope: Construct, *, stage: Stage) -> None:
        super().__init__(scope, "Notices")
        self.bus = events.EventBus(self, "Bus", event_bus_name=stage.resource_name("events"))
        self.topic = sns.Topic(
            self, "Topic", topic_name=stage.resource_name("notices"), enforce_ssl=True
        )
        if stage.alarm_email:
            self.topic.add_subscription(subscriptions.EmailSubscription(stage.alarm_email))
        rule = events.Rule(
            self,
            "Budgets",
            rule_name=stage.resource_name("budget-notices"),
            event_bus=self.bus,
            event_pattern=events.EventPattern(source=[SOURCE], detail_type=[BUDGET]),
        )
        rule.add_target(targets.SnsTopic(self.topic, message=_mail()))

    def grant_put(self, function: AppFunction) -> None:
        """Lets the function put events on the bus."""
        function.allow(("events:PutEvents",), (self.bus.event_bus_arn,))
        function.set_environment("EVENT_BUS_NAME", self.bus.event_bus_name)


def _mail() -> events.RuleTargetInput:
    fields = {
        "percent": "percent",
        "month": "month",
        "spent": "spent",
        "limit": "monthly_cost_limit",
        "currency": "currency",
        "user": "user_id",
        "action": "action",
    }
    paths = {name: events.EventField.from_path(f"$.detail.{at}") for name, at in fields.items()}
    return events.RuleTargetInput.from_multiline_text(_MAIL.format(**paths))
