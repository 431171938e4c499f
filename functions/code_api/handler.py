"""Lambda entry of the code-block API."""

from functions.code_api.cache_routes import router as cache_router
from functions.code_api.monitoring_routes import router as monitoring_router
from functions.code_api.routes import router
from functions.code_api.token_routes import router as token_router
from shared.http.app import create_app, lambda_handler
from shared.http.flow_envelope import failure

routers = [router, token_router, monitoring_router, cache_router]
app = create_app("code_api", routers, failure=failure)
handler = lambda_handler(app)
