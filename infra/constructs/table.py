"""A DynamoDB table of one bounded context; all of them have the same shape."""

from __future__ import annotations

from aws_cdk import aws_dynamodb as dynamodb
from constructs import Construct

from infra.constructs.function import AppFunction
from infra.constructs.retention import removal_policy
from infra.stages import Stage

_READ = (
    "dynamodb:BatchGetItem",
    "dynamodb:ConditionCheckItem",
    "dynamodb:GetItem",
    "dynamodb:Query",
)
_WRITE = (
    "dynamodb:BatchWriteItem",
    "dynamodb:DeleteItem",
    "dynamodb:PutItem",
    "dynamodb:UpdateItem",
)
INDEX = "gsi1"


class Table(Construct):
    """`pk`, `sk`, one index, TTL, a stream of new images. No grant contains Scan."""

    def __init__(self, scope: Construct, context: str, *, stage: Stage) -> None:
        super().__init__(scope, f"{context.capitalize()}Table")
        self.context = context
        text = dynamodb.AttributeType.STRING
        self.table = dynamodb.Table(
            self,
            "Table",
            table_name=stage.resource_name(context),
            partition_key=dynamodb.Attribute(name="pk", type=text),
            sort_key=dynamodb.Attribute(name="sk", type=text),
            billing_mode=dynamodb.BillingMode.PAY_PER_REQUEST,
            stream=dynamodb.StreamViewType.NEW_IMAGE,
            time_to_live_attribute="ttl",
            point_in_time_recovery_specification=dynamodb.PointInTimeRecoverySpecification(
                point_in_time_recovery_enabled=stage.point_in_time_recovery
            ),
            deletion_protection=stage.protected,
            removal_policy=removal_policy(stage),
        )
        self.table.add_global_secondary_index(
            index_name=INDEX,
            partition_key=dynamodb.Attribute(name="gsi1pk", type=text),
            sort_key=dynamodb.Attribute(name="gsi1sk", type=text),
        )

    @property
    def stream_arn(self) -> str:
        arn = self.table.table_stream_arn
        if arn is None:
            raise ValueError(f"table {self.context} has no stream")
        return arn

    def grant_read(self, function: AppFunction) -> None:
        self._grant(function, _READ)

    def grant_read_write(self, function: AppFunction) -> None:
        self._grant(function, (*_READ, *_WRITE))

    def grant_update_under(self, function: AppFunction, key_prefix: str) -> None:
        """Lets the function change items whose partition key begins so, and no others."""
        leading = {"ForAllValues:StringLike": {"dynamodb:LeadingKeys": [f"{key_prefix}*"]}}
        function.allow(("dynamodb:UpdateItem",), (self.table.table_arn,), leading)

    def _grant(self, function: AppFunction, actions: tuple[str, ...]) -> None:
        # The index is named: the grants of the L2 table would allow index/*.
        table_arn = self.table.table_arn
        function.allow(actions, (table_arn, f"{table_arn}/index/{INDEX}"))
        function.set_environment(f"{self.context.upper()}_TABLE", self.table.table_name)
