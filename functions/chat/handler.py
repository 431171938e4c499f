"""Lambda entry of the chat API; answers that are streamed come from functions/chat_stream."""

from functions.chat.routes import router
from functions.chat.session_routes import router as session_router
from shared.http.app import create_app, lambda_handler

app = create_app("chat", [session_router, router])
handler = lambda_handler(app)
