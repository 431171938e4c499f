"""Answers as server-sent events: FastAPI under uvicorn, on AWS behind Lambda Web Adapter."""

from shared.http.startup import begin

begin()
