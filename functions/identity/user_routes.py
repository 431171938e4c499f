"""Routes of `/api/v1/users`: one's own account, and the administration of all."""

from typing import Annotated

from fastapi import APIRouter, Query
from starlette.responses import Response

from functions.identity import accounts, administration, profile, sign_in
from functions.identity.errors import UserNotFound
from functions.identity.schemas import (
    Email,
    NewUser,
    PasswordChange,
    ProfileChange,
    UserChange,
    user_body,
)
from shared.auth.guards import Admin, Caller, SignedIn
from shared.core import ids
from shared.core.errors import Forbidden
from shared.core.text import Text
from shared.http.envelope import success
from shared.http.idempotency import CurrentOperation
from shared.http.paging import Paging
from shared.http.route import RoleCraftRoute

router = APIRouter(prefix="/api/v1/users", route_class=RoleCraftRoute)

CREATED = Text("用户创建成功", "User created")
UPDATED = Text("更新成功", "Updated")
PASSWORD_CHANGED = Text("密码修改成功，请重新登录", "Password changed, please sign in again")
DELETION_SCHEDULED = Text(
    "账号及其全部数据已安排删除", "The account and all its data are scheduled for deletion"
)


@router.get("/me")
async def get_me(caller: Caller) -> Response:
    return success(user_body(profile.read_profile(caller.user_id)))


@router.put("/me")
async def put_me(caller: SignedIn, body: ProfileChange) -> Response:
    return success(user_body(profile.change_profile(caller.user_id, body)), UPDATED)


@router.put("/me/password")
async def put_password(caller: SignedIn, body: PasswordChange) -> Response:
    sign_in.change_password(caller.user_id, body)
    return success(message=PASSWORD_CHANGED)


@router.delete("/me")
async def delete_me(caller: SignedIn) -> Response:
    accounts.delete_account(caller.user_id)
    return success(message=DELETION_SCHEDULED)


@router.post("")
async def post_user(_: Admin, body: NewUser, operation: CurrentOperation) -> Response:
    user = administration.create_user(f"user_{operation.id}", body)
    return success(user_body(user), CREATED, status=201)


@router.get("")
async def get_users(
    _: Admin, paging: Paging, email: Annotated[Email | None, Query()] = None
) -> Response:
    if email is None:
        return success(administration.list_users(paging).map(user_body))
    return success(administration.list_users_of_email(email, paging).map(user_body))


@router.get("/{user_id}")
async def get_user(caller: SignedIn, user_id: str) -> Response:
    if user_id != caller.user_id and not caller.is_admin:
        raise Forbidden
    return success(user_body(administration.read_user(_checked(user_id))))


@router.put("/{user_id}")
async def put_user(_: Admin, user_id: str, body: UserChange) -> Response:
    return success(user_body(administration.update_user(_checked(user_id), body)), UPDATED)


@router.delete("/{user_id}")
async def delete_user(_: Admin, user_id: str) -> Response:
    accounts.delete_account(_checked(user_id))
    return success(message=DELETION_SCHEDULED)


def _checked(user_id: str) -> str:
    if not ids.is_id("user", user_id):
        raise UserNotFound
    return user_id
