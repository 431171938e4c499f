"""Lambda entry of the analytics API."""

from functions.analytics.routes import router
from shared.http.app import create_app, lambda_handler

app = create_app("analytics", [router])
handler = lambda_handler(app)
