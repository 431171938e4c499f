"""Tasks as clients see them."""

from typing import Any

from shared.core import clock, context
from shared.core.text import Text
from shared.data.tasks import Task
from shared.tasks.registry import type_of
from shared.tasks.results import to_links
from shared.tasks.uploads import REFUSALS

_LONGEST_SHOWN_ID = 200
_ALMOST = 95
_MESSAGES = {
    "pending": Text("任务已创建，正在处理中", "Task created, processing"),
    "processing": Text("任务正在处理中", "The task is being processed"),
    "completed": Text("任务已完成", "The task is completed"),
    "failed": Text("任务失败", "The task failed"),
    "cancelled": Text("任务已取消", "The task was cancelled"),
}
_ERRORS = {
    "TIMEOUT": Text("任务超时", "The task took too long"),
    "ATTEMPT_UNKNOWN": Text(
        "提交时中断，无法确认结果，未扣费，请重试",
        "It was cut while being submitted; nothing was charged, please retry",
    ),
    "RESULT_UNAVAILABLE": Text(
        "生成结果无法保存，未扣费，请重试",
        "The result could not be kept; nothing was charged, please retry",
    ),
    "INPUT_UNUSABLE": Text("提供的图片无法使用", "A picture that was given is of no use"),
    "INVALID_MODEL_OUTPUT": Text(
        "模型未按要求的格式作答，请重试", "The model did not answer in the asked form, please retry"
    ),
    "NOT_ENOUGH_MATERIAL": Text("离线题库已用完", "There is no more material without a model"),
    "RUBRIC_REQUIRED": Text("写作评分需要评分标准", "Marking needs a rubric"),
    "UPSTREAM_ERROR": Text("生成服务处理失败", "The provider could not do the work"),
    "SERVICE_UNAVAILABLE": Text("生成服务暂时不可用", "The provider is unavailable for now"),
}
_REASONS = {
    "budget": Text("本月预算已用完", "This month's budget is used up"),
    "content_filtered": Text("内容未通过审核", "The content was refused by the provider"),
    "picture_gone": Text("来源图片已被删除", "The picture it starts from is gone"),
    **{
        reason: Text(f"提供的图片{text.zh}", f"A picture {text.en}")
        for reason, text in REFUSALS.items()
    },
}
_OTHER_ERROR = Text("任务处理失败", "The task could not be done")


def accepted_body(task: Task) -> dict[str, Any]:
    """The answer to a new task."""
    return {"task_id": task.id, "status": task.status, "message": message_of(task)}


def result_body(task: Task) -> dict[str, Any]:
    """Status, and what there is to show: the result, or why there is none."""
    body = accepted_body(task)
    if task.status == "completed":
        body["result"] = to_links(task.result)
    if task.status == "failed":
        body["error"] = _error(task)
    return body


def task_body(task: Task) -> dict[str, Any]:
    """Everything of a task."""
    provider_id = task.provider_task_id
    return {
        "id": task.id,
        "task_id": task.id,
        "user_id": task.owner_id,
        "type": task.type,
        "status": task.status,
        "progress": progress_of(task),
        "attempts": task.attempt,
        "attempt_status": task.attempt_state,
        "input": task.input,
        "result": to_links(task.result) if task.result else None,
        "error": _error(task) if task.status == "failed" else None,
        "provider": task.provider,
        "model": task.model,
        # An id may carry a whole result in itself (shared/media/port.py).
        "provider_task_id": provider_id and provider_id[:_LONGEST_SHOWN_ID],
        "created_at": clock.to_wire(task.created_at),
        "started_at": task.started_at and clock.to_wire(task.started_at),
        "finished_at": task.finished_at and clock.to_wire(task.finished_at),
        "history": task.history,
        "webhook_url": task.webhook_url,
        "webhook_deliveries": [
            {**entry, "at": clock.to_wire(entry["at"])} for entry in task.deliveries
        ],
    }


def message_of(task: Task) -> str:
    """The sentence about a task's status."""
    return _MESSAGES[task.status].of(context.current().language)


def progress_of(task: Task) -> int:
    """0–100. Providers tell none: it is the time gone by of what its type usually takes."""
    if task.status == "completed":
        return 100
    if task.started_at is None:
        return 0
    until = clock.parse(task.finished_at) if task.finished_at else clock.now()
    seconds = (until - clock.parse(task.started_at)).total_seconds()
    return max(0, min(_ALMOST, int(100 * seconds / type_of(task).usual_seconds)))


def _error(task: Task) -> dict[str, Any]:
    code = task.error_code or "INTERNAL_ERROR"
    text = _REASONS.get(task.error_reason or "") or _ERRORS.get(code, _OTHER_ERROR)
    return {
        "code": code,
        "message": text.of(context.current().language),
        "reason": task.error_reason,
    }
