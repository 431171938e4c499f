"""POST /flow/codeblock."""

from typing import Any

from fastapi import APIRouter, Request
from starlette.responses import Response

from functions.code_api import service
from functions.code_api.guards import TokenCaller
from functions.code_api.route import FlowRoute
from shared.core.threads import off_loop

router = APIRouter(prefix="/flow", route_class=FlowRoute)


@router.post("/codeblock")
async def post_codeblock(request: Request, _: TokenCaller) -> Response:
    encodings = request.headers.get("accept-encoding", "")
    return await off_loop(
        service.run_block,
        await request.body(),
        _remaining_s(request),
        takes_gzip="gzip" in encodings,
    )


def _remaining_s(request: Request) -> float | None:
    runtime: Any = request.scope.get("aws.context")
    if not hasattr(runtime, "get_remaining_time_in_millis"):
        return None
    return float(runtime.get_remaining_time_in_millis()) / 1000
