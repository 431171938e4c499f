"""Routes of /flow/tokens, for the administrator."""

from typing import Annotated

from fastapi import APIRouter, Query, Request
from starlette.responses import Response

from functions.code_api import tokens
from functions.code_api.guards import Admin
from functions.code_api.route import FlowRoute
from functions.code_api.schemas import NewToken, TokenChange, read_body
from shared.core.text import Text
from shared.core.threads import off_loop
from shared.http.flow_envelope import BadParameter, success

router = APIRouter(prefix="/flow/tokens", route_class=FlowRoute, dependencies=[Admin])

_NOTHING_ASKED = Text("、email、token至少提供一个", "give at least one of ws_id, email and token")


@router.post("")
async def post_token(request: Request) -> Response:
    body = read_body(NewToken, await request.body())
    return success(data=await off_loop(tokens.create_token, body), message="Token创建成功")


@router.get("")
async def get_tokens(
    ws_id: Annotated[str, Query()] = "",
    email: Annotated[str, Query()] = "",
    token: Annotated[str, Query()] = "",
) -> Response:
    asked = [part.strip() for part in (ws_id, email, token)]
    if not any(asked):
        raise BadParameter("ws_id", _NOTHING_ASKED)
    found = await off_loop(tokens.list_tokens, *asked)
    return success(data=found, count=len(found))


@router.put("/{token}")
async def put_token(request: Request, token: str) -> Response:
    body = read_body(TokenChange, await request.body())
    changed = await off_loop(tokens.change_token, token, body)
    return success(data=changed, message="Token更新成功")


@router.delete("/{token}")
async def delete_token(token: str) -> Response:
    await off_loop(tokens.remove_token, token)
    return success(message="Token删除成功")
