"""Failures of the tasks API, beyond those every API shares."""

from shared.core.errors import Conflict, InvalidRequest, NotFound, PayloadTooLarge
from shared.core.text import Text


class TaskNotFound(NotFound):
    """No such task, or somebody else's."""

    text = Text("任务不存在", "Task not found")


class NotCancellable(Conflict):
    """The task has ended."""

    text = Text("任务已结束，无法取消", "The task has ended and cannot be cancelled")


class NotRetryable(Conflict):
    """Only a failed task can be tried again."""

    text = Text("只有失败的任务可以重试", "Only a failed task can be retried")


class NothingToSend(Conflict):
    """The task has no webhook, or has not ended."""

    text = Text("任务没有 webhook 地址或尚未结束", "The task has no webhook, or has not ended yet")


class PicturesTooLarge(PayloadTooLarge):
    """The pictures of a form are over the limit; larger ones go through `/uploads`."""

    text = Text(
        "图片合计不能超过 4.5 MB，更大的图片请使用 /photos/uploads",
        "The pictures are over 4.5 MB together; use /photos/uploads for larger ones",
    )


def unknown_user() -> InvalidRequest:
    """The refusal of a user whom an admin names and who is not there."""
    return InvalidRequest.of_field("user_id", Text("用户不存在", "is not a user"))
