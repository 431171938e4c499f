"""Lambda entry of the roles API."""

from functions.roles.routes import router
from shared.http.app import create_app, lambda_handler

app = create_app("roles", [router])
handler = lambda_handler(app)
