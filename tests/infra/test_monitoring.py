"""The alarms: one for each way of losing work."""

from __future__ import annotations

import json

from tests.infra.templates import Assembly


def test_every_dead_letter_queue_has_an_alarm_at_its_first_message(prod: Assembly) -> None:
    watched = set()
    for alarm in prod.of_type("AWS::CloudWatch::Alarm").values():
        if alarm.get("MetricName") == "ApproximateNumberOfMessagesVisible":
            assert (alarm["Threshold"], alarm["ComparisonOperator"]) == (0, "GreaterThanThreshold")
            watched.add(prod.target(alarm["Dimensions"][0]["Value"]))
    dead = {
        logical_id
        for logical_id, queue in prod.of_type("AWS::SQS::Queue").items()
        if queue["QueueName"].endswith("-dead")
    }
    assert watched == dead
    assert len(dead) == 3


def test_failures_of_workflows_api_and_functions_have_alarms(prod: Assembly) -> None:
    names = {alarm["AlarmName"] for alarm in prod.of_type("AWS::CloudWatch::Alarm").values()}
    assert names >= {
        "rolecraft-prod-workflows-failed",
        "rolecraft-prod-api-server-errors",
        "rolecraft-prod-function-errors",
    }


def test_every_workflow_that_fails_times_out_or_is_stopped_raises_one_alarm(
    prod: Assembly,
) -> None:
    filters = prod.of_type("AWS::Logs::MetricFilter").values()
    machines = prod.of_type("AWS::StepFunctions::StateMachine").values()
    logged = {
        prod.target(
            machine["LoggingConfiguration"]["Destinations"][0]["CloudWatchLogsLogGroup"][
                "LogGroupArn"
            ]
        )
        for machine in machines
    }
    assert {prod.target(each["LogGroupName"]) for each in filters} == logged
    assert len(logged) == len(machines)
    for each in filters:
        for kind in ("ExecutionFailed", "ExecutionTimedOut", "ExecutionAborted"):
            assert f'$.type = "{kind}"' in each["FilterPattern"]
        (counted,) = each["MetricTransformations"]
        # With a default value it would be billed all month.
        assert "DefaultValue" not in counted
        assert counted["MetricValue"] == "1"
    (alarm,) = (
        found
        for found in prod.of_type("AWS::CloudWatch::Alarm").values()
        if found["AlarmName"] == "rolecraft-prod-workflows-failed"
    )
    assert (alarm["MetricName"], alarm["Namespace"]) == (
        counted["MetricName"],
        counted["MetricNamespace"],
    )
    assert (alarm["Threshold"], alarm["Statistic"]) == (0, "Sum")


def test_the_retry_rate_of_models_has_an_alarm(prod: Assembly) -> None:
    alarms = {
        alarm["AlarmName"]: alarm for alarm in prod.of_type("AWS::CloudWatch::Alarm").values()
    }
    rate = alarms["rolecraft-prod-model-retry-rate"]
    assert rate["Threshold"] == 10
    read = {
        metric["MetricStat"]["Metric"]["MetricName"]: metric["MetricStat"]["Metric"]["Dimensions"]
        for metric in rate["Metrics"]
        if "MetricStat" in metric
    }
    assert read == {name: [{"Name": "stage", "Value": "prod"}] for name in ("AICalls", "AIRetries")}


def test_a_limiter_without_its_store_has_an_alarm_for_all_functions(prod: Assembly) -> None:
    (alarm,) = [
        alarm
        for alarm in prod.of_type("AWS::CloudWatch::Alarm").values()
        if alarm.get("MetricName") == "RateLimitNotEnforced"
    ]
    assert (alarm["Threshold"], alarm["Statistic"]) == (0, "Sum")
    assert alarm["Dimensions"] == [{"Name": "stage", "Value": "prod"}]


def alarm_topics(assembly: Assembly) -> list[str]:
    """The topic of alarms; budgets' notices have another one."""
    topics = assembly.of_type("AWS::SNS::Topic").items()
    return [key for key, topic in topics if topic["TopicName"].endswith("-alarms")]


def test_every_alarm_goes_to_the_one_topic_and_its_subscriber(prod: Assembly) -> None:
    (topic,) = alarm_topics(prod)
    for alarm in prod.of_type("AWS::CloudWatch::Alarm").values():
        assert [prod.target(action) for action in alarm["AlarmActions"]] == [topic]
        assert alarm["TreatMissingData"] == "notBreaching"
    for subscription in prod.of_type("AWS::SNS::Subscription").values():
        assert (subscription["Protocol"], subscription["Endpoint"]) == ("email", "ops@example.com")


def test_alarms_of_this_account_may_publish_over_tls_only(prod: Assembly) -> None:
    (policy,) = (
        policy
        for policy in prod.of_type("AWS::SNS::TopicPolicy").values()
        if prod.target(policy["Topics"][0]) in alarm_topics(prod)
    )
    statements = policy["PolicyDocument"]["Statement"]
    (allowed,) = [statement for statement in statements if statement["Effect"] == "Allow"]
    assert allowed["Principal"] == {"Service": "cloudwatch.amazonaws.com"}
    assert allowed["Action"] == "sns:Publish"
    assert allowed["Condition"] == {
        "StringEquals": {"aws:SourceAccount": {"Ref": "AWS::AccountId"}}
    }
    (denied,) = [statement for statement in statements if statement["Effect"] == "Deny"]
    assert denied["Condition"] == {"Bool": {"aws:SecureTransport": "false"}}


def test_dashboard_stays_within_one_dashboard_price(with_dashboard: Assembly) -> None:
    body = json.dumps(with_dashboard.only("AWS::CloudWatch::Dashboard")["DashboardBody"])
    # AWS counts metrics; beyond 50 of them a dashboard is not free in any tier.
    assert 0 < body.count("AWS/Lambda") + body.count("AWS/ApiGateway") <= 50
