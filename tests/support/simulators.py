"""A simulator of a provider as a real server, and the control side of it."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import httpx
from aiohttp import web

from shared.ai.http_client import close_http_client


class Simulator:
    """A running simulator: what it is told to do, and what it has seen."""

    def __init__(self, port: int) -> None:
        self.url = f"http://127.0.0.1:{port}"

    async def told(self, **order: Any) -> None:
        """Order a behaviour."""
        async with httpx.AsyncClient() as client:
            (await client.post(f"{self.url}/_control", json=order)).raise_for_status()

    async def report(self) -> dict[str, Any]:
        """What it has seen so far."""
        async with httpx.AsyncClient() as client:
            report: dict[str, Any] = (await client.get(f"{self.url}/_control")).json()
            return report

    async def chat_calls(self) -> int:
        """How often a chat model was called."""
        return int((await self.report())["requests"].get("/v1/chat/completions", 0))

    async def count(self, name: str) -> int:
        """How often a simulator of pictures saw something, `jobs` for instance."""
        return int((await self.report())["seen"].get(name, 0))


@asynccontextmanager
async def running_simulator(app: web.Application) -> AsyncIterator[Simulator]:
    """It runs until the block ends; no connection of ours to it is left open."""
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    try:
        yield Simulator(runner.addresses[0][1])
    finally:
        await close_http_client()
        await runner.cleanup()
