"""Routes of `/api/v1/auth`.

One invocation serves one request, so hashes and store calls run where they stand: a thread would
only add to them.
"""

from dataclasses import asdict

from fastapi import APIRouter
from starlette.responses import Response

from functions.identity import sessions, sign_in
from functions.identity.schemas import Login, RefreshToken, Registration, user_body
from shared.auth.guards import SignedIn
from shared.core.text import Text
from shared.http.envelope import success
from shared.http.route import RoleCraftRoute

router = APIRouter(prefix="/api/v1/auth", route_class=RoleCraftRoute)

REGISTERED = Text("注册成功", "Registered")
SIGNED_IN = Text("登录成功", "Signed in")
REFRESHED = Text("令牌刷新成功", "Tokens refreshed")
SIGNED_OUT = Text("已退出登录", "Signed out")


@router.post("/register")
async def post_register(body: Registration) -> Response:
    user, tokens = sign_in.register(body)
    return success({"user": user_body(user), **asdict(tokens)}, REGISTERED, status=201)


@router.post("/login")
async def post_login(body: Login) -> Response:
    return success(sign_in.login(body), SIGNED_IN)


@router.post("/refresh")
async def post_refresh(body: RefreshToken) -> Response:
    return success(sessions.refresh_session(body.refresh_token), REFRESHED)


@router.post("/logout")
async def post_logout(caller: SignedIn, body: RefreshToken) -> Response:
    sessions.end_session(caller.user_id, body.refresh_token)
    return success(message=SIGNED_OUT)
