"""Failures of the queues API, beyond those every API shares."""

from shared.aws.queue_admin import PURGE_SECONDS
from shared.core.errors import Conflict, InvalidRequest, NotFound, RateLimited
from shared.core.text import Text


class QueueNotFound(NotFound):
    """No queue of that name."""

    text = Text("队列不存在", "Queue not found")


class RedriveInProgress(Conflict):
    """Dead letters of this queue are being moved already."""

    text = Text(
        "该队列的死信正在重新投递", "The dead letters of this queue are being redriven already"
    )


class NothingToRedriveTo(Conflict):
    """The queue holds only what a stream's consumer gave up; housekeeping tries that again."""

    text = Text(
        "该队列只记录放弃的批次，其内容由定时任务重新发送，无需重新投递",
        "This queue only notes batches that were given up; housekeeping sends their content again",
    )


class JobsAreRetried(Conflict):
    """A queue of jobs has no dead letters: a failed job stays with its owner, who can retry it."""

    text = Text(
        "任务队列没有死信；失败的任务由其所有者重试",
        "A queue of jobs has no dead letters: a failed job is retried by its owner",
    )


def just_purged() -> RateLimited:
    """The refusal of a second purge within a minute; what it may have done already is harmless."""
    return RateLimited(
        Text(
            f"队列每 {PURGE_SECONDS} 秒只能清空一次，请稍后再试",
            f"A queue can be purged once in {PURGE_SECONDS} seconds, please try again later",
        ),
        details={"reason": "purge_in_progress"},
        retry_after=PURGE_SECONDS,
    )


def not_confirmed(name: str) -> InvalidRequest:
    """The refusal of a purge without the queue's own name."""
    return InvalidRequest.of_field(
        "confirm", Text(f"应为队列名 {name}", f"must be the queue's name, {name}")
    )
