"""Lambda entry of the queues API."""

from functions.queues.routes import router
from shared.http.app import create_app, lambda_handler

app = create_app("queues", [router])
handler = lambda_handler(app)
