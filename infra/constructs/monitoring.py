"""What wakes a person: a few alarms to one topic, and one dashboard."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from aws_cdk import Aws, Duration
from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_cloudwatch_actions as actions
from aws_cdk import aws_iam as iam
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_logs as logs
from aws_cdk import aws_sns as sns
from aws_cdk import aws_sns_subscriptions as subscriptions
from aws_cdk import aws_sqs as sqs
from constructs import Construct

from infra.constructs.function import METRICS_NAMESPACE, AppFunction
from infra.constructs.http_api import HttpApi
from infra.constructs.state_machine import StateMachine
from infra.stages import Stage

FIVE_MINUTES = Duration.minutes(5)
_ABOVE = cloudwatch.ComparisonOperator.GREATER_THAN_THRESHOLD
# Below so many calls in five minutes a rate says nothing.
_FEW_CALLS = 20
_QUIET = cloudwatch.TreatMissingData.NOT_BREACHING
# https://docs.aws.amazon.com/step-functions/latest/dg/cw-logs.html#cloudwatch-log-level
_BAD_ENDS = ("ExecutionFailed", "ExecutionTimedOut", "ExecutionAborted")


class Alarms(Construct):
    """Each alarm has a monthly fee: one for each way of losing work, none for curiosity."""

    def __init__(self, scope: Construct, *, stage: Stage) -> None:
        super().__init__(scope, "Alarms")
        self._stage = stage
        self.topic = sns.Topic(
            self, "Topic", topic_name=stage.resource_name("alarms"), enforce_ssl=True
        )
        self._allow_alarms()
        if stage.alarm_email:
            self.topic.add_subscription(subscriptions.EmailSubscription(stage.alarm_email))

    def _allow_alarms(self) -> None:
        # A topic with a policy of its own (here: TLS only) has lost the default one, which lets
        # the account's alarms publish.
        self.topic.add_to_resource_policy(
            iam.PolicyStatement(
                actions=["sns:Publish"],
                resources=[self.topic.topic_arn],
                principals=[iam.ServicePrincipal("cloudwatch.amazonaws.com")],
                conditions={"StringEquals": {"aws:SourceAccount": Aws.ACCOUNT_ID}},
            )
        )

    def dead_letters(self, queues: Mapping[str, sqs.IQueue]) -> None:
        for name, queue in queues.items():
            metric = queue.metric_approximate_number_of_messages_visible(
                period=FIVE_MINUTES, statistic="Maximum"
            )
            self._alarm(f"{name}-dead-letters", metric, 0)

    def failed_executions(self, workflows: Sequence[StateMachine]) -> None:
        """One alarm for all: their logs are counted into one metric, which costs only while one
        of them fails. It also sees what timed out or was stopped (docs/decisions/0111).
        """
        name = self._stage.resource_name("workflows-failed")
        for workflow in workflows:
            logs.MetricFilter(
                workflow,
                "Failed",
                log_group=workflow.log_group,
                filter_pattern=logs.FilterPattern.any(*(_is_event(kind) for kind in _BAD_ENDS)),
                metric_namespace=METRICS_NAMESPACE,
                metric_name=name,
                metric_value="1",
            )
        metric = cloudwatch.Metric(
            namespace=METRICS_NAMESPACE, metric_name=name, period=FIVE_MINUTES, statistic="Sum"
        )
        self._alarm("workflows-failed", metric, 0)

    def server_errors(self, api: HttpApi) -> None:
        metric = api.api.metric_server_error(period=FIVE_MINUTES, statistic="Sum")
        self._alarm("api-server-errors", metric, 10)

    def function_errors(self, *, threshold: int) -> None:
        """One alarm for all functions of the account, at the price of one (docs/decisions/0142)."""
        metric = lambda_.Function.metric_all_errors(period=FIVE_MINUTES, statistic="Sum")
        self._alarm("function-errors", metric, threshold)

    def model_calls(self) -> None:
        """More than one retry in ten calls of models (counted in shared/ai/counters.py)."""
        rate = cloudwatch.MathExpression(
            expression=f"IF(calls >= {_FEW_CALLS}, 100 * retries / calls, 0)",
            using_metrics={
                "calls": self._of_models("Calls"),
                "retries": self._of_models("Retries"),
            },
            period=FIVE_MINUTES,
        )
        self._alarm("model-retry-rate", rate, 10)

    def limits_not_enforced(self) -> None:
        """A limiter could not reach its store and let calls pass (shared/http/rate_limit.py)."""
        metric = self._of_stage("RateLimitNotEnforced")
        self._alarm("rate-limit-not-enforced", metric, 0)

    def _of_models(self, name: str) -> cloudwatch.Metric:
        return self._of_stage(f"AI{name}")

    def _of_stage(self, name: str) -> cloudwatch.Metric:
        return cloudwatch.Metric(
            namespace=METRICS_NAMESPACE,
            metric_name=name,
            dimensions_map={"stage": self._stage.name},
            period=FIVE_MINUTES,
            statistic="Sum",
        )

    def _alarm(self, name: str, metric: cloudwatch.IMetric, threshold: int) -> None:
        alarm = cloudwatch.Alarm(
            self,
            name,
            alarm_name=self._stage.resource_name(name),
            metric=metric,
            threshold=threshold,
            evaluation_periods=1,
            comparison_operator=_ABOVE,
            treat_missing_data=_QUIET,
        )
        alarm.add_alarm_action(actions.SnsAction(self.topic))


class Dashboard(Construct):
    """Traffic, errors and delay of the API, errors of every function: below 50 metrics."""

    def __init__(
        self,
        scope: Construct,
        *,
        api: HttpApi,
        functions: Sequence[AppFunction],
        stage: Stage,
    ) -> None:
        super().__init__(scope, "Dashboard")
        board = cloudwatch.Dashboard(
            self, "Dashboard", dashboard_name=stage.resource_name("overview")
        )
        board.add_widgets(
            _graph("API requests", [api.api.metric_count(), api.api.metric_server_error()]),
            _graph("API latency p99", [api.api.metric_latency(statistic="p99")]),
        )
        board.add_widgets(
            _graph("Function errors", [f.function.metric_errors() for f in functions]),
            _graph(
                "Function duration p99, all of the account",
                [lambda_.Function.metric_all_duration(statistic="p99")],
            ),
        )


def _is_event(kind: str) -> logs.JsonPattern:
    return logs.FilterPattern.string_value("$.type", "=", kind)


def _graph(title: str, metrics: Sequence[cloudwatch.IMetric]) -> cloudwatch.GraphWidget:
    return cloudwatch.GraphWidget(title=title, left=list(metrics), width=12, height=6)
