"""A work queue with its dead-letter queue."""

from __future__ import annotations

from aws_cdk import Duration
from aws_cdk import aws_sqs as sqs
from constructs import Construct

from infra.constructs.function import AppFunction
from infra.constructs.retention import removal_policy
from infra.stages import Stage

# AWS asks for six times the consumer's timeout: throttled batches must not come back early.
VISIBILITY_FACTOR = 6
MAX_RECEIVES = 3


class WorkQueue(Construct):
    """Messages that failed `MAX_RECEIVES` times wait 14 days in the dead-letter queue."""

    def __init__(
        self, scope: Construct, name: str, *, consumer_timeout_seconds: int, stage: Stage
    ) -> None:
        super().__init__(scope, f"{name.capitalize()}Queue")
        self.name = name
        self.dead_letters = dead_letter_queue(self, stage.resource_name(f"{name}-dead"), stage)
        self.queue = sqs.Queue(
            self,
            "Queue",
            queue_name=stage.resource_name(name),
            visibility_timeout=Duration.seconds(VISIBILITY_FACTOR * consumer_timeout_seconds),
            retention_period=Duration.days(14),
            encryption=sqs.QueueEncryption.SQS_MANAGED,
            enforce_ssl=True,
            removal_policy=removal_policy(stage),
            dead_letter_queue=sqs.DeadLetterQueue(
                queue=self.dead_letters, max_receive_count=MAX_RECEIVES
            ),
        )

    def grant_send(self, function: AppFunction) -> None:
        self.queue.grant_send_messages(function.role)
        function.set_environment(f"{self.name.upper()}_QUEUE_URL", self.queue.queue_url)


def dead_letter_queue(scope: Construct, name: str, stage: Stage) -> sqs.Queue:
    """A queue nothing consumes: a person looks at it, after its alarm."""
    return sqs.Queue(
        scope,
        "DeadLetters",
        queue_name=name,
        retention_period=Duration.days(14),
        encryption=sqs.QueueEncryption.SQS_MANAGED,
        enforce_ssl=True,
        removal_policy=removal_policy(stage),
    )
