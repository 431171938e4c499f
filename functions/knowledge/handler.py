"""Lambda entry of the knowledge bases API."""

from functions.knowledge.routes import router
from shared.http.app import create_app, lambda_handler

app = create_app("knowledge", [router])
handler = lambda_handler(app)
