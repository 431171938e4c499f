"""Lambda entry of the payments API."""

from functions.payments.notice_routes import router as notice_router
from functions.payments.routes import router
from shared.http.app import create_app, lambda_handler

app = create_app("payments", [router, notice_router])
handler = lambda_handler(app)
