"""Routes of the caches and the write pool, for the administrator."""

from fastapi import APIRouter
from starlette.responses import Response

from functions.code_api import monitoring, tokens
from functions.code_api.guards import Admin
from functions.code_api.route import FlowRoute
from functions.code_api.token_cache import token_cache
from shared.core.threads import off_loop
from shared.http.flow_envelope import success

router = APIRouter(prefix="/flow", route_class=FlowRoute, dependencies=[Admin])


@router.get("/cache/stats")
async def get_cache_stats() -> Response:
    return success(data=await off_loop(monitoring.cache_stats))


@router.delete("/cache")
async def delete_cache() -> Response:
    # What other copies hold is at most five seconds old anyway.
    token_cache().clear()
    return success(message="缓存已清空")


@router.get("/rate-limit/stats")
async def get_rate_limit_stats() -> Response:
    return success(data=await off_loop(monitoring.rate_limit_stats))


@router.delete("/rate-limit/{token}")
async def delete_rate_limit(token: str) -> Response:
    await off_loop(tokens.refill_token, token)
    return success(message="限流缓存已清除")


@router.get("/cache-write-pool/stats")
async def get_write_pool_stats() -> Response:
    return success(data=await off_loop(monitoring.write_pool_stats))
