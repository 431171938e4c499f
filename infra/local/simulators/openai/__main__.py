"""`python -m infra.local.simulators.openai --port N`: serves on 127.0.0.1 until it is ended."""

import argparse
import asyncio
import signal

from aiohttp import web

from infra.local.simulators.openai.server import DEFAULT_KEYS, make_app


def main() -> None:
    """Read the arguments and serve."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--port", type=int, default=4770, help="0 takes a free one")
    parser.add_argument("--key", action="append", help="a key that is taken; may be repeated")
    arguments = parser.parse_args()
    asyncio.run(_serve(arguments.port, tuple(arguments.key or DEFAULT_KEYS)))


async def _serve(port: int, keys: tuple[str, ...]) -> None:
    runner = web.AppRunner(make_app(keys), access_log=None, shutdown_timeout=1.0)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", port).start()
    bound = runner.addresses[0][1]
    print(f"OpenAI simulator: http://127.0.0.1:{bound}/v1 (key {keys[0]})", flush=True)
    ended = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, ended.set)
    await ended.wait()
    await runner.cleanup()


if __name__ == "__main__":
    main()
