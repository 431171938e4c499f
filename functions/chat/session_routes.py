"""Routes of `/api/v1/chat-sessions` (contract chat.md, Sessions).

One invocation serves one request, so the store is asked directly: a thread would only add to it.
"""

from typing import Annotated

from fastapi import APIRouter, Query
from starlette.responses import Response

from functions.chat import sessions
from functions.chat.schemas import (
    NewSession,
    TitleChange,
    created_body,
    detail_body,
    listed_body,
    session_body,
)
from shared.auth.guards import ChatCaller
from shared.core.text import Text
from shared.http.envelope import success
from shared.http.idempotency import CurrentOperation
from shared.http.paging import Page, Paging
from shared.http.route import RoleCraftRoute

router = APIRouter(prefix="/api/v1/chat-sessions", route_class=RoleCraftRoute)

CREATED = Text("会话创建成功", "Session created")
UPDATED = Text("会话更新成功", "Session updated")
DELETED = Text("会话删除成功", "Session deleted")

RoleFilter = Annotated[str | None, Query(min_length=1, max_length=64)]
Limit = Annotated[int, Query(ge=1, le=100)]
Before = Annotated[str | None, Query(pattern=r"^msg_[0-9A-HJKMNP-TV-Z]{26}$")]


@router.post("")
async def post_session(
    caller: ChatCaller, body: NewSession, operation: CurrentOperation
) -> Response:
    session = sessions.create_session(caller.user_id, f"session_{operation.id}", body)
    return success(created_body(session), CREATED, status=201)


@router.get("")
async def get_sessions(caller: ChatCaller, paging: Paging, role_id: RoleFilter = None) -> Response:
    found, total = sessions.list_sessions(caller.user_id, role_id, paging)
    return success(Page.of([listed_body(session) for session in found], total, paging))


@router.get("/{session_id}")
async def get_session(
    caller: ChatCaller, session_id: str, before: Before = None, limit: Limit = 50
) -> Response:
    session, messages, has_more = sessions.read_session(caller.user_id, session_id, before, limit)
    return success(detail_body(session, messages, has_more))


@router.put("/{session_id}")
async def put_session(caller: ChatCaller, session_id: str, body: TitleChange) -> Response:
    session = sessions.rename_session(caller.user_id, session_id, body.title)
    return success(session_body(session), UPDATED)


@router.delete("/{session_id}")
async def delete_session(caller: ChatCaller, session_id: str) -> Response:
    sessions.remove_session(caller.user_id, session_id)
    return success(message=DELETED)
