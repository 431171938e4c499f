"""Routes of `/api/v1/outcomes` (contract workspaces.md)."""

from fastapi import APIRouter
from starlette.responses import Response

from functions.workspaces import runs
from shared.auth.guards import WorkspacesCaller
from shared.http.envelope import success
from shared.http.route import RoleCraftRoute
from shared.workspaces.views import outcome_view

router = APIRouter(prefix="/api/v1/outcomes", route_class=RoleCraftRoute)


@router.get("/{outcome_id}")
async def get_outcome(caller: WorkspacesCaller, outcome_id: str) -> Response:
    outcome, workspace_name = runs.read_outcome(caller.user_id, outcome_id)
    return success(outcome_view(outcome, workspace_name))
