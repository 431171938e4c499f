"""Serving a simulator on 127.0.0.1 until it is told to end."""

import argparse
import asyncio
import signal

from aiohttp import web


def arguments(description: str | None, port: int) -> argparse.ArgumentParser:
    """The arguments all simulators of media take."""
    parser = argparse.ArgumentParser(description=description)
    parser.add_argument("--port", type=int, default=port, help="0 takes a free one")
    parser.add_argument("--scale", type=float, default=1.0, help="of queue and work times")
    return parser


async def serve(app: web.Application, port: int, told: str, after: str = "") -> None:
    """Serve until SIGINT or SIGTERM; the address is printed between `told` and `after`."""
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=1.0)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", port).start()
    print(f"{told}: http://127.0.0.1:{runner.addresses[0][1]}{after}", flush=True)
    ended = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, ended.set)
    await ended.wait()
    await runner.cleanup()
