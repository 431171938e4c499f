"""Lambda entry of `/`, `/health` and every path that no other function has."""

from functions.root.routes import router
from shared.http.app import create_app, lambda_handler

app = create_app("root", [router])
handler = lambda_handler(app)
