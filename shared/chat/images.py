"""The skill that makes pictures: a task like any other, which the answer leads to."""

import hashlib
import json
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from ulid import ULID

from shared.ai.port import ToolSpec
from shared.ai.tools import Link, ToolAnswer, ToolContext
from shared.core.errors import AppError
from shared.core.text import Language, Text
from shared.core.threads import in_thread

if TYPE_CHECKING:
    from shared.data.tasks import Task

NAME = "image_generation"
MOST_PER_ANSWER = 4
"""Pictures of one answer: each is paid, and a model may call in circles."""

_ARGUMENTS = ("prompt", "size")
_RANDOM_BITS = 80
_LABEL = Text("查看图片", "See the picture")
_ACCEPTED = Text(
    "图片任务已创建，约半分钟后可在该链接查看。请在回答中给出这个链接。",
    "The picture is being made and will be at this link in about half a minute. "
    "Show the link in your answer.",
)
_TOO_MANY = Text(
    f"一次回答最多生成 {MOST_PER_ANSWER} 张图片。",
    f"One answer may make {MOST_PER_ANSWER} pictures at most.",
)


class ImageGeneration:
    """Creates image tasks for the person who sent the message; one instance an answer."""

    name = NAME
    spec = ToolSpec(
        NAME,
        "Make a picture of a description. It gives a task and a link where the picture will be in "
        "about half a minute; it does not wait for it.",
        {
            "type": "object",
            "properties": {
                "prompt": {
                    "type": "string",
                    "description": "what the picture shows, in Chinese or English",
                },
                "size": {
                    "type": "string",
                    "description": "width x height, each 256 to 2048; 1024x1024 when left out",
                    "enum": ["1024x1024", "1024x768", "768x1024", "1280x720", "720x1280"],
                },
            },
            "required": ["prompt"],
            "additionalProperties": False,
        },
    )

    def __init__(self) -> None:
        self._asked: set[str] = set()

    async def run(self, arguments: Mapping[str, Any], context: ToolContext) -> ToolAnswer:
        """The task with its link, or the reason why there is none, both as JSON text."""
        operation_id = _operation_id(arguments, context)
        self._asked.add(operation_id)
        if len(self._asked) > MOST_PER_ANSWER:
            return _refused(_TOO_MANY, context.language)
        try:
            task = await in_thread(_create, operation_id, context.user_id, arguments)
        except AppError as error:
            return _refused(error.message, context.language)
        link = Link(_LABEL.of(context.language), f"/api/v1/ai/image/result/{task.id}")
        told = {
            "task_id": task.id,
            "status": task.status,
            "link": link.markdown,
            "message": _ACCEPTED.of(context.language),
        }
        return ToolAnswer(json.dumps(told, ensure_ascii=False), (link,))


def _create(operation_id: str, user_id: str, arguments: Mapping[str, Any]) -> "Task":
    from pydantic import ValidationError  # a conversation without pictures needs none of these

    from shared.http.validation import refusal
    from shared.tasks.creation import create_task
    from shared.tasks.types.image import ImageInput, ImageTasks

    # A model that asks for more than it is offered (four at once, another model) gets this much.
    asked = {name: arguments[name] for name in _ARGUMENTS if name in arguments}
    try:
        given = ImageInput.model_validate(asked)
    except ValidationError as error:
        raise refusal(error.errors()) from error
    return create_task(operation_id, user_id, ImageTasks.name, given)


def _operation_id(arguments: Mapping[str, Any], context: ToolContext) -> str:
    """The same for the same call of the same answer, so that a repeat makes no second task.

    Some servers count calls from nought in each round: the arguments tell such calls apart.
    """
    call = json.dumps([context.message_id, context.call_id, arguments], sort_keys=True)
    digest = hashlib.sha256(call.encode()).digest()[: _RANDOM_BITS // 8]
    moment = int(ULID.from_str(context.message_id.removeprefix("msg_"))) >> _RANDOM_BITS
    return str(ULID.from_int((moment << _RANDOM_BITS) | int.from_bytes(digest)))


def _refused(reason: Text, language: Language) -> ToolAnswer:
    return ToolAnswer(json.dumps({"error": reason.of(language)}, ensure_ascii=False))
