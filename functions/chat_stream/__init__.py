"""Answers as server-sent events: FastAPI under uvicorn, on AWS behind Lambda Web Adapter."""
