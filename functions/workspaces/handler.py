"""Lambda entry of the workspaces API."""

from functions.workspaces.company_routes import router as company_router
from functions.workspaces.outcome_routes import router as outcome_router
from functions.workspaces.schedule_routes import router as schedule_router
from functions.workspaces.workspace_routes import workspace_router
from shared.http.app import create_app, lambda_handler

app = create_app(
    "workspaces",
    [
        company_router,
        outcome_router,
        schedule_router,
        workspace_router("/api/v1/workspaces"),
        workspace_router("/api/v1/works"),
    ],
)
handler = lambda_handler(app)
