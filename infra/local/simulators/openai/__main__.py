"""`python -m infra.local.simulators.openai --port N`: serves on 127.0.0.1 until it is ended."""

import argparse
import asyncio

from infra.local.simulators.openai.server import DEFAULT_KEYS, make_app
from infra.local.simulators.serving import serve


def main() -> None:
    """Read the arguments and serve."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--port", type=int, default=4770, help="0 takes a free one")
    parser.add_argument("--key", action="append", help="a key that is taken; may be repeated")
    arguments = parser.parse_args()
    keys = tuple(arguments.key or DEFAULT_KEYS)
    told_after = f"/v1 (key {keys[0]})"
    asyncio.run(serve(make_app(keys), arguments.port, "OpenAI simulator", told_after))


if __name__ == "__main__":
    main()
