"""What it takes to administer queues: to count, look at, move back and delete their messages."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from aws_cdk import Stack
from aws_cdk import aws_sqs as sqs

from infra.constructs.function import AppFunction
from infra.constructs.queue import WorkQueue
from infra.nag import accept


def grant_administration(
    function: AppFunction, queues: Sequence[WorkQueue], dead_letters: Mapping[str, sqs.Queue]
) -> None:
    """Over work queues, and over dead-letter queues (by name) that no queue leads to."""
    for work in queues:
        _allow_work_queue(function, work)
    for queue in (*(work.dead_letters for work in queues), *dead_letters.values()):
        function.allow(
            (
                "sqs:ChangeMessageVisibility",
                "sqs:GetQueueAttributes",
                "sqs:PurgeQueue",
                "sqs:ReceiveMessage",
            ),
            (queue.queue_arn,),
        )
    _allow_ages(function)
    listed = [*(_listed(work.name, work.dead_letters, work.queue) for work in queues)]
    listed += [_listed(name, queue) for name, queue in dead_letters.items()]
    function.set_environment("QUEUES", Stack.of(function).to_json_string(listed))


def _allow_work_queue(function: AppFunction, work: WorkQueue) -> None:
    function.allow(("sqs:GetQueueAttributes", "sqs:PurgeQueue"), (work.queue.queue_arn,))
    # StartMessageMoveTask receives, sends and deletes with the permissions of who started it.
    function.allow(("sqs:SendMessage",), (work.queue.queue_arn,))
    moving = ("sqs:DeleteMessage", "sqs:ListMessageMoveTasks", "sqs:StartMessageMoveTask")
    function.allow(moving, (work.dead_letters.queue_arn,))


def _allow_ages(function: AppFunction) -> None:
    function.allow(("cloudwatch:GetMetricData",), ("*",))
    accept(
        function.role,
        "AwsSolutions-IAM5[Resource::*]",
        "the age of a queue's oldest message is a metric, and GetMetricData knows no resource",
    )


def _listed(name: str, dead: sqs.IQueue, queue: sqs.IQueue | None = None) -> dict[str, str]:
    urls = {"url": queue.queue_url} if queue else {}
    return {"name": name, **urls, "dead_letters_url": dead.queue_url}
