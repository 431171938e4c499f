"""Lambda entry of the tasks API."""

from functions.tasks.image_routes import router as image_router
from functions.tasks.learning_routes import router as learning_router
from functions.tasks.photo_routes import router as photo_router
from functions.tasks.routes import router
from functions.tasks.secret_routes import router as secret_router
from functions.tasks.video_routes import router as video_router
from shared.http.app import create_app, lambda_handler

_ROUTERS = [
    image_router,
    photo_router,
    video_router,
    learning_router,
    router,
    secret_router,
]
app = create_app("tasks", _ROUTERS)
handler = lambda_handler(app)
