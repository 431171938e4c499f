"""Queues, streams and the schedule: nothing is lost in silence."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.infra.templates import Assembly

STAGES = ("prod", "dev", "local")


def mappings(assembly: Assembly, function: str) -> list[dict[str, Any]]:
    wanted = assembly.function_id(function)
    found = assembly.of_type("AWS::Lambda::EventSourceMapping").values()
    return [mapping for mapping in found if assembly.target(mapping["FunctionName"]) == wanted]


def queues(assembly: Assembly) -> dict[str, dict[str, Any]]:
    found = assembly.of_type("AWS::SQS::Queue").values()
    return {queue["QueueName"].split("-", 2)[2]: queue for queue in found}


@pytest.mark.parametrize("stage", STAGES)
def test_documents_are_processed_one_by_one_with_partial_failures(
    assemblies: dict[str, Assembly], stage: str
) -> None:
    (mapping,) = mappings(assemblies[stage], "document_worker")
    assert mapping["BatchSize"] == 1
    assert mapping["FunctionResponseTypes"] == ["ReportBatchItemFailures"]
    assert mapping["ScalingConfig"]["MaximumConcurrency"] >= 2


@pytest.mark.parametrize("stage", STAGES)
def test_a_message_stays_hidden_six_times_as_long_as_its_worker_may_run(
    assemblies: dict[str, Assembly], stage: str
) -> None:
    timeout = assemblies[stage].functions()["document_worker"]["Timeout"]
    assert queues(assemblies[stage])["documents"]["VisibilityTimeout"] >= 6 * timeout


@pytest.mark.parametrize("stage", STAGES)
def test_messages_that_fail_three_times_are_kept_aside_for_two_weeks(
    assemblies: dict[str, Assembly], stage: str
) -> None:
    assembly = assemblies[stage]
    found = queues(assembly)
    assert set(found) == {
        "documents", "documents-dead", "workspaces", "workspaces-dead", "dispatcher-dead",
    }  # fmt: skip
    redrive = found["documents"]["RedrivePolicy"]
    assert redrive["maxReceiveCount"] == 3
    worker = assembly.functions()["document_worker"]["Environment"]["Variables"]
    assert worker["DOCUMENT_RECEIVES"] == "3"
    dead = assembly.resources[assembly.target(redrive["deadLetterTargetArn"])]["Properties"]
    assert dead == found["documents-dead"]
    assert {queue["MessageRetentionPeriod"] for queue in found.values()} == {14 * 86_400}


@pytest.mark.parametrize("stage", STAGES)
def test_the_admin_api_knows_every_queue_by_its_name(
    assemblies: dict[str, Assembly], stage: str
) -> None:
    assembly = assemblies[stage]
    value = assembly.functions()["queues"]["Environment"]["Variables"]["QUEUES"]
    pieces = value["Fn::Join"][1]
    named = {
        assembly.resources[assembly.target(piece)]["Properties"]["QueueName"].split("-", 2)[2]
        for piece in pieces
        if isinstance(piece, dict)
    }
    assert named == set(queues(assembly))
    listed = json.loads("".join(each if isinstance(each, str) else "url" for each in pieces))
    assert listed == [
        {"name": "documents", "url": "url", "dead_letters_url": "url"},
        {"name": "workspaces", "url": "url", "dead_letters_url": "url"},
        {"name": "dispatcher", "dead_letters_url": "url"},
    ]


def test_queues_are_encrypted_and_refuse_plain_http(prod: Assembly) -> None:
    assert all(queue["SqsManagedSseEnabled"] is True for queue in queues(prod).values())
    policies = prod.of_type("AWS::SQS::QueuePolicy").values()
    for policy in policies:
        denied = [s for s in policy["PolicyDocument"]["Statement"] if s["Effect"] == "Deny"]
        assert denied[0]["Condition"] == {"Bool": {"aws:SecureTransport": "false"}}
    assert len(policies) == len(queues(prod))


@pytest.mark.parametrize("stage", STAGES)
def test_dispatcher_sees_outbox_inserts_of_every_table(
    assemblies: dict[str, Assembly], stage: str
) -> None:
    assembly = assemblies[stage]
    found = mappings(assembly, "dispatcher")
    sources = {assembly.target(mapping["EventSourceArn"]) for mapping in found}
    tables = assembly.of_type("AWS::DynamoDB::Table")
    # In the table of code tokens nothing is ever promised.
    with_outbox = {id for id, table in tables.items() if not table["TableName"].endswith("-flow")}
    assert sources == with_outbox
    for mapping in found:
        (pattern,) = mapping["FilterCriteria"]["Filters"]
        assert json.loads(pattern["Pattern"]) == {
            "eventName": ["INSERT"],
            "dynamodb": {"Keys": {"pk": {"S": [{"prefix": "OUTBOX#"}]}}},
        }


def test_a_poisonous_outbox_item_does_not_stop_the_stream(prod: Assembly) -> None:
    for mapping in mappings(prod, "dispatcher"):
        assert mapping["BisectBatchOnFunctionError"] is True
        assert mapping["FunctionResponseTypes"] == ["ReportBatchItemFailures"]
        assert 0 < mapping["MaximumRetryAttempts"] <= 10
        assert mapping["MaximumRecordAgeInSeconds"] == 3600
        destination = mapping["DestinationConfig"]["OnFailure"]["Destination"]
        queue = prod.resources[prod.target(destination)]["Properties"]
        assert queue["QueueName"] == "rolecraft-prod-dispatcher-dead"
        # What was written while the mapping was made is sent too.
        assert mapping["StartingPosition"] == "TRIM_HORIZON"


@pytest.mark.parametrize("stage", STAGES)
@pytest.mark.parametrize(
    ("function", "rate"),
    [("housekeeping", "rate(1 minute)"), ("payment_worker", "rate(4 minutes)")],
)
def test_scheduled_functions_run_so_often(
    assemblies: dict[str, Assembly], stage: str, function: str, rate: str
) -> None:
    assembly = assemblies[stage]
    rules = assembly.of_type("AWS::Events::Rule").values()
    targets = {assembly.target(rule["Targets"][0]["Arn"]): rule for rule in rules}
    rule = targets[assembly.function_id(function)]
    assert rule["ScheduleExpression"] == rate
    assert rule["State"] == "ENABLED"
    (target,) = rule["Targets"]
    assert target["RetryPolicy"] == {"MaximumRetryAttempts": 0}


@pytest.mark.parametrize("stage", STAGES)
def test_runs_are_made_one_by_one_and_the_last_delivery_is_known(
    assemblies: dict[str, Assembly], stage: str
) -> None:
    assembly = assemblies[stage]
    (mapping,) = mappings(assembly, "workspace_runner")
    assert mapping["BatchSize"] == 1
    assert mapping["FunctionResponseTypes"] == ["ReportBatchItemFailures"]
    assert mapping["ScalingConfig"]["MaximumConcurrency"] >= 2
    runner = assembly.functions()["workspace_runner"]
    queue = queues(assembly)["workspaces"]
    assert queue["VisibilityTimeout"] >= 6 * runner["Timeout"]
    receives = runner["Environment"]["Variables"]["WORKSPACE_RECEIVES"]
    assert receives == str(queue["RedrivePolicy"]["maxReceiveCount"])


@pytest.mark.parametrize("stage", STAGES)
def test_schedules_are_compared_daily_from_outside_their_group(
    assemblies: dict[str, Assembly], stage: str
) -> None:
    assembly = assemblies[stage]
    schedule = assembly.only("AWS::Scheduler::Schedule")
    assert "GroupName" not in schedule
    assert schedule["ScheduleExpression"] == "cron(17 19 * * ? *)"
    target = schedule["Target"]
    queue = assembly.resources[assembly.target(target["Arn"])]["Properties"]
    assert queue["QueueName"] == f"rolecraft-{stage}-workspaces"
    assert json.loads(target["Input"]) == {"kind": "reconcile"}
    group = assembly.only("AWS::Scheduler::ScheduleGroup")
    assert group["Name"] == f"rolecraft-{stage}-workspaces"
