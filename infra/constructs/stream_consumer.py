"""A function fed by the outbox items of the tables' streams."""

from __future__ import annotations

from collections.abc import Sequence

from aws_cdk import Duration
from aws_cdk import aws_lambda as lambda_
from aws_cdk.aws_lambda_event_sources import SqsDlq
from constructs import Construct

from infra.constructs.function import AppFunction, FunctionSpec, Platform
from infra.constructs.queue import dead_letter_queue
from infra.constructs.table import Table
from infra.nag import accept, accept_wildcard

OUTBOX_PREFIX = "OUTBOX#"
_READ_STREAM = ("dynamodb:DescribeStream", "dynamodb:GetRecords", "dynamodb:GetShardIterator")


class StreamConsumer(AppFunction):
    """Sees each inserted outbox item; a poisonous one is isolated, noted and passed over.

    What is given up here stays in its table, where the sweeper finds it again.
    """

    def __init__(
        self,
        scope: Construct,
        spec: FunctionSpec,
        *,
        platform: Platform,
        tables: Sequence[Table],
    ) -> None:
        super().__init__(scope, spec, platform=platform)
        stage = platform.stage
        self.dead_letters = dead_letter_queue(self, stage.resource_name(f"{spec.name}-dead"), stage)
        accept(
            self.dead_letters,
            "AwsSolutions-SQS3",
            "it is itself where the event source mapping puts what it gave up",
        )
        for table in tables:
            self._consume(table)

    def _consume(self, table: Table) -> None:
        self.allow(_READ_STREAM, (table.stream_arn,))
        # ListStreams has no narrower resource than the streams of one table.
        self.allow(("dynamodb:ListStreams",), (f"{table.table.table_arn}/stream/*",))
        accept_wildcard(
            self.role,
            table,
            table.table.table_arn,
            "/stream/*",
            "ListStreams is checked against all streams of the table",
        )
        self.function.add_event_source_mapping(
            f"{table.context.capitalize()}Outbox",
            event_source_arn=table.stream_arn,
            starting_position=lambda_.StartingPosition.TRIM_HORIZON,
            batch_size=25,
            bisect_batch_on_error=True,
            report_batch_item_failures=True,
            retry_attempts=5,
            max_record_age=Duration.hours(1),
            on_failure=SqsDlq(self.dead_letters),
            filters=[_outbox_inserts()],
        )


def _outbox_inserts() -> dict[str, object]:
    prefix = lambda_.FilterRule.begins_with(OUTBOX_PREFIX)
    return dict(
        lambda_.FilterCriteria.filter(
            {
                "eventName": lambda_.FilterRule.is_equal("INSERT"),
                "dynamodb": {"Keys": {"pk": {"S": prefix}}},
            }
        )
    )
