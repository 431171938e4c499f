"""Routes of streamed answers (contract chat.md, Stream)."""

from typing import Annotated

from fastapi import APIRouter, Header
from starlette.responses import Response

from functions.chat_stream import service
from functions.chat_stream.event_stream import EventStream
from shared.auth.guards import ChatCaller
from shared.chat.body import NewMessage
from shared.chat.stopping import stop_answer
from shared.chat.views import message_view
from shared.core.text import Text
from shared.http.envelope import success
from shared.http.idempotency import RebuiltOperation
from shared.http.route import RoleCraftRoute

router = APIRouter(prefix="/api/v1/chat", route_class=RoleCraftRoute)

STOPPED = Text("已停止生成", "Stopped")
LastEventId = Annotated[int, Header(ge=0, le=9_999_999_999)]


@router.post("/{session_id}/stream")
async def post_stream(
    caller: ChatCaller, session_id: str, body: NewMessage, operation: RebuiltOperation
) -> EventStream:
    return await service.start_stream(caller.user_id, session_id, operation, body)


@router.get("/{session_id}/messages/{message_id}/stream")
async def get_stream(
    caller: ChatCaller, session_id: str, message_id: str, last_event_id: LastEventId = 0
) -> EventStream:
    return await service.resume_stream(caller.user_id, session_id, message_id, last_event_id)


@router.post("/{session_id}/messages/{message_id}/stop")
async def post_stop(caller: ChatCaller, session_id: str, message_id: str) -> Response:
    """The chat function has this route too; an answer made in this process stops at once."""
    message = await stop_answer(caller.user_id, session_id, message_id)
    return success(message_view(message), STOPPED)
