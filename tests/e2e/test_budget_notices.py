"""Notices of a budget on the running system: on the bus, and where the e-mails are sent from."""

import json
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

import boto3
import pytest

from tests.e2e import flows
from tests.e2e.conftest import System
from tests.e2e.painting import BY_ARK, Painter, painter
from tests.support.analytics import promised_events

pytestmark = pytest.mark.usefixtures("ledger")
BUS, TOPIC = "rolecraft-local-events", "rolecraft-local-notices"


@dataclass
class Letterbox:
    """A queue that keeps what it was sent."""

    url: str
    arn: str

    @classmethod
    def new(cls, name: str) -> "Letterbox":
        sqs = boto3.client("sqs")
        url = sqs.create_queue(QueueName=name)["QueueUrl"]
        found = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])
        return cls(url, found["Attributes"]["QueueArn"])

    def opened(self) -> list[dict[str, Any]]:
        """The bodies of all messages that are there; they are taken out."""
        sqs = boto3.client("sqs")
        found = []
        while messages := sqs.receive_message(QueueUrl=self.url, MaxNumberOfMessages=10).get(
            "Messages"
        ):
            for message in messages:
                found.append(json.loads(message["Body"]))
                sqs.delete_message(QueueUrl=self.url, ReceiptHandle=message["ReceiptHandle"])
        return found


@pytest.fixture
def on_the_bus(system: System, ledger: None) -> Iterator[Letterbox]:
    """Another rule of the bus, as an application would add it."""
    events, box = boto3.client("events"), Letterbox.new("e2e-budget-events")
    pattern = json.dumps({"detail-type": ["BudgetThresholdReached"]})
    events.put_rule(Name="e2e-budgets", EventBusName=BUS, EventPattern=pattern)
    target = {"Id": "box", "Arn": box.arn}
    events.put_targets(Rule="e2e-budgets", EventBusName=BUS, Targets=[target])
    yield box
    events.remove_targets(Rule="e2e-budgets", EventBusName=BUS, Ids=["box"])
    events.delete_rule(Name="e2e-budgets", EventBusName=BUS)


@pytest.fixture
def by_mail(system: System, ledger: None) -> Iterator[Letterbox]:
    """A subscriber of the topic, beside the e-mail."""
    sns, box = boto3.client("sns"), Letterbox.new("e2e-budget-mails")
    topics = sns.get_paginator("list_topics").paginate()
    (topic,) = (
        each["TopicArn"]
        for page in topics
        for each in page["Topics"]
        if each["TopicArn"].endswith(f":{TOPIC}")
    )
    made = sns.subscribe(
        TopicArn=topic, Protocol="sqs", Endpoint=box.arn, ReturnSubscriptionArn=True
    )
    yield box
    sns.unsubscribe(SubscriptionArn=made["SubscriptionArn"])


def paint(user: Painter, count: int) -> None:
    """So many pictures at once, all of the same price."""
    with ThreadPoolExecutor(count) as pool:
        tasks = list(pool.map(user.create, [BY_ARK] * count))
        ended = list(pool.map(user.ended, tasks))
    assert {task["status"] for task in ended} == {"completed"}
    flows.eventually(lambda: not list(promised_events()))  # what was promised is sent


def test_eighty_and_a_hundred_percent_are_told_once_each(
    on_the_bus: Letterbox, by_mail: Letterbox, system: System
) -> None:
    user = painter(system)
    paint(user, 1)
    price = flows.data(user.client.get("/analytics/budget"))["spent"]
    limit = {"monthly_cost_limit": round(price * 5, 6), "action": "warn"}
    flows.data(user.client.put("/analytics/budget", json=limit))
    paint(user, 2)
    assert (on_the_bus.opened(), by_mail.opened()) == ([], [])

    paint(user, 4)

    notices = [event["detail"] for event in on_the_bus.opened()]
    assert sorted(notice["percent"] for notice in notices) == [80, 100]
    spent = {notice["percent"]: round(notice["spent"] / price) for notice in notices}
    assert spent == {80: 4, 100: 5}
    for notice in notices:
        assert (notice["user_id"], notice["action"]) == (user.id, "warn")
        assert notice["monthly_cost_limit"] == limit["monthly_cost_limit"]
    mails = sorted(mail["Message"] for mail in by_mail.opened())
    assert len(mails) == 2
    for mail, percent in zip(mails, (100, 80), strict=True):
        assert f"RoleCraft: {percent} % of the budget" in mail
        assert f"的预算已达到 {percent}%" in mail
        assert user.id in mail
    paint(user, 2)
    assert (on_the_bus.opened(), by_mail.opened()) == ([], [])


def test_a_budget_that_was_taken_away_tells_nothing(
    on_the_bus: Letterbox, by_mail: Letterbox, system: System
) -> None:
    user = painter(system)
    flows.data(user.client.put("/analytics/budget", json={"monthly_cost_limit": 0.000001}))
    removed = user.client.put("/analytics/budget", json={"monthly_cost_limit": None})
    assert flows.data(removed)["monthly_cost_limit"] is None

    paint(user, 1)

    assert (on_the_bus.opened(), by_mail.opened()) == ([], [])
    assert flows.data(user.client.get("/analytics/budget"))["spent"] > 0
