"""Budgets' notices: from those who dispatch, over the bus, to a topic with an e-mail."""

from __future__ import annotations

from dataclasses import replace

import pytest

from infra.stages import load_stage
from shared.aws.events import SOURCE
from tests.infra.templates import Assembly, Synthesize, as_list

STAGES = ("prod", "dev", "local")


@pytest.mark.parametrize("stage", STAGES)
def test_a_rule_of_the_bus_sends_budget_notices_to_the_topic(
    assemblies: dict[str, Assembly], stage: str
) -> None:
    assembly = assemblies[stage]
    (rule,) = (
        rule for rule in assembly.of_type("AWS::Events::Rule").values() if "EventPattern" in rule
    )
    assert rule["EventPattern"] == {"source": [SOURCE], "detail-type": ["BudgetThresholdReached"]}
    bus = assembly.only("AWS::Events::EventBus")
    assert bus["Name"] == f"rolecraft-{stage}-events"
    (target,) = rule["Targets"]
    topic = assembly.resources[assembly.target(target["Arn"])]["Properties"]
    assert topic["TopicName"] == f"rolecraft-{stage}-notices"
    told = set(target["InputTransformer"]["InputPathsMap"].values())
    assert {"$.detail.percent", "$.detail.spent", "$.detail.monthly_cost_limit"} <= told


def test_who_dispatches_may_put_events_on_this_bus_and_nobody_else(prod: Assembly) -> None:
    may = {}
    for function in prod.functions():
        for statement in prod.statements(function):
            if "events:PutEvents" in as_list(statement["Action"]):
                may[function] = prod.resources[prod.target(statement["Resource"])]["Type"]
    assert may == dict.fromkeys(("dispatcher", "housekeeping"), "AWS::Events::EventBus")


def test_the_topic_writes_to_who_gets_the_alarms(synthesized: Synthesize) -> None:
    stage = replace(load_stage("dev", {"alarm_email": "ops@example.com"}), name="mail")
    subscription = synthesized(stage).only("AWS::SNS::Subscription")
    assert (subscription["Protocol"], subscription["Endpoint"]) == ("email", "ops@example.com")
