"""Routes of `/api/v1/roles` (contract roles.md).

One invocation serves one request, so the store is asked directly: a thread would only add to it.
"""

from typing import Annotated

from fastapi import APIRouter, Depends, Header, Path, Query
from starlette.responses import Response

from functions.roles import service
from functions.roles.catalogue import all_templates
from functions.roles.listing import CardFilter, list_roles
from functions.roles.schemas import (
    NewRole,
    RoleChange,
    Scope,
    role_body,
    summary_body,
    template_body,
)
from shared.auth.guards import ChatCaller
from shared.core.text import Text
from shared.data.roles import Role
from shared.http.envelope import DONE, success
from shared.http.idempotency import CurrentOperation
from shared.http.paging import Paging
from shared.http.route import RoleCraftRoute

router = APIRouter(prefix="/api/v1/roles", route_class=RoleCraftRoute)

CREATED = Text("角色创建成功", "Role created")
UPDATED = Text("角色更新成功", "Role updated")
DELETED = Text("角色删除成功", "Role deleted")
RESTORED = Text("角色版本恢复成功", "Role version restored")

IfMatch = Annotated[str | None, Header()]
VersionNumber = Annotated[int, Path(ge=1, le=99_999_999)]


async def _card_filter(
    category: Annotated[str, Query(max_length=40)] = "",
    search: Annotated[str, Query(max_length=200)] = "",
) -> CardFilter:
    return CardFilter(category.strip(), search.strip())


def _shown(role: Role, message: Text = DONE, status: int = 200) -> Response:
    body = role_body(role)
    return success(body, message, status=status, headers={"ETag": body["etag"]})


@router.get("")
async def get_roles(
    caller: ChatCaller,
    paging: Paging,
    wanted: Annotated[CardFilter, Depends(_card_filter)],
    scope: Scope = "mine",
) -> Response:
    return success(list_roles(caller.user_id, scope, wanted, paging).map(summary_body))


@router.post("")
async def post_role(caller: ChatCaller, body: NewRole, operation: CurrentOperation) -> Response:
    role = service.create_role(caller.user_id, f"role_{operation.id}", body)
    return _shown(role, CREATED, 201)


@router.get("/templates")
async def get_templates(_: ChatCaller) -> Response:
    return success({"items": [template_body(template) for template in all_templates()]})


@router.get("/{role_id}")
async def get_role(caller: ChatCaller, role_id: str) -> Response:
    return _shown(service.read_role(caller.user_id, role_id))


@router.put("/{role_id}")
async def put_role(
    caller: ChatCaller, role_id: str, body: RoleChange, if_match: IfMatch = None
) -> Response:
    return _shown(service.change_role(caller.user_id, role_id, body, if_match), UPDATED)


@router.delete("/{role_id}")
async def delete_role(caller: ChatCaller, role_id: str, if_match: IfMatch = None) -> Response:
    service.remove_role(caller.user_id, role_id, if_match)
    return success(message=DELETED)


@router.get("/{role_id}/versions")
async def get_versions(caller: ChatCaller, role_id: str, paging: Paging) -> Response:
    return success(service.list_versions(caller.user_id, role_id, paging).map(summary_body))


@router.get("/{role_id}/versions/{number}")
async def get_version(caller: ChatCaller, role_id: str, number: VersionNumber) -> Response:
    return success(role_body(service.read_version(caller.user_id, role_id, number)))


@router.post("/{role_id}/versions/{number}/restore")
async def post_restore(
    caller: ChatCaller,
    role_id: str,
    number: VersionNumber,
    _: CurrentOperation,
    if_match: IfMatch = None,
) -> Response:
    role = service.restore_version(caller.user_id, role_id, number, if_match)
    return _shown(role, RESTORED)
