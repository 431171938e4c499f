"""Routes of `/api/v1/chat` and `/api/v1/models` (contract chat.md)."""

from fastapi import APIRouter
from starlette.responses import Response

from functions.chat import answers
from functions.chat.schemas import answer_body
from shared.ai.registry import registry
from shared.auth.guards import ChatCaller
from shared.chat.access import find_own_message
from shared.chat.body import NewMessage
from shared.chat.stopping import stop_answer
from shared.chat.views import message_view
from shared.core.text import Text
from shared.http.envelope import success
from shared.http.idempotency import CurrentOperation
from shared.http.route import RoleCraftRoute

router = APIRouter(prefix="/api/v1", route_class=RoleCraftRoute)

STOPPED = Text("已停止生成", "Stopped")


@router.post("/chat/{session_id}/complete")
async def post_complete(
    caller: ChatCaller, session_id: str, body: NewMessage, operation: CurrentOperation
) -> Response:
    answer, role_id = await answers.answer(caller.user_id, session_id, operation.id, body)
    return success(answer_body(answer, role_id))


@router.get("/chat/{session_id}/messages/{message_id}")
async def get_message(caller: ChatCaller, session_id: str, message_id: str) -> Response:
    return success(message_view(find_own_message(caller.user_id, session_id, message_id)))


@router.post("/chat/{session_id}/messages/{message_id}/stop")
async def post_stop(caller: ChatCaller, session_id: str, message_id: str) -> Response:
    message = await stop_answer(caller.user_id, session_id, message_id)
    return success(message_view(message), STOPPED)


@router.get("/models")
async def get_models(_: ChatCaller) -> Response:
    return success({"items": await registry().usable_models()})
