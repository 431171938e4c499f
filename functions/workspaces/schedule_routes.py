"""Routes of `/api/v1/admin/schedules`: what `rolecraft schedules` calls."""

from dataclasses import asdict

from fastapi import APIRouter
from starlette.responses import Response

from functions.workspaces.schemas import Reconcile
from shared.auth.guards import Admin
from shared.core.text import Text
from shared.http.envelope import success
from shared.http.route import RoleCraftRoute
from shared.workspaces.schedules import reconcile

router = APIRouter(prefix="/api/v1/admin/schedules", route_class=RoleCraftRoute)

# The caller goes on with `next` where this was not enough.
SECONDS = 15.0
COMPARED = Text("定时计划已核对", "Schedules compared")


@router.post("/reconcile")
async def post_reconcile(_: Admin, body: Reconcile) -> Response:
    return success(asdict(reconcile(SECONDS, body.after)), COMPARED)
