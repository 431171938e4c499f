"""Lambda entry of the documents API."""

from functions.documents.routes import router
from shared.http.app import create_app, lambda_handler

app = create_app("documents", [router])
handler = lambda_handler(app)
