"""Routes of /flow/health, /flow/status and /flow/limits, for the administrator."""

from fastapi import APIRouter
from starlette.responses import Response

from functions.code_api import monitoring
from functions.code_api.guards import Admin
from functions.code_api.health import health
from functions.code_api.limits_view import limits_view
from functions.code_api.route import FlowRoute
from shared.core.threads import off_loop
from shared.http.envelope import JsonResponse
from shared.http.flow_envelope import stamps, success

router = APIRouter(prefix="/flow", route_class=FlowRoute, dependencies=[Admin])


@router.get("/health")
async def get_health() -> Response:
    return JsonResponse({**await off_loop(health), **stamps()})


@router.get("/status")
async def get_status() -> Response:
    return success(data=await off_loop(monitoring.status))


@router.get("/limits")
async def get_limits() -> Response:
    return success(data=await off_loop(limits_view))
