"""Routes of `/api/v1/api-keys`."""

from fastapi import APIRouter
from starlette.responses import Response

from functions.identity import api_keys
from functions.identity.schemas import NewKey, NewKeyBody, key_body
from shared.auth.guards import SignedIn
from shared.core.text import Text
from shared.http.envelope import success
from shared.http.idempotency import RebuiltOperation
from shared.http.paging import Paging
from shared.http.route import RoleCraftRoute

router = APIRouter(prefix="/api/v1/api-keys", route_class=RoleCraftRoute)

CREATED = Text("API 密钥创建成功，请妥善保存，仅显示一次", "API key created; it is shown only once")
REVOKED = Text("API 密钥已撤销", "API key revoked")


@router.post("")
async def post_key(caller: SignedIn, body: NewKey, operation: RebuiltOperation) -> Response:
    key, secret = api_keys.create_key(caller.user_id, body, operation)
    return success(NewKeyBody(**key_body(key), key=secret), CREATED, status=201)


@router.get("")
async def get_keys(caller: SignedIn, paging: Paging) -> Response:
    return success(api_keys.list_keys(caller.user_id, paging).map(key_body))


@router.delete("/{key_id}")
async def delete_key(caller: SignedIn, key_id: str) -> Response:
    api_keys.revoke_key(caller.user_id, key_id)
    return success(message=REVOKED)
