"""`python -m infra.local.simulators.ark --port N`: serves on 127.0.0.1 until it is ended."""

import asyncio

from infra.local.simulators.ark.server import DEFAULT_KEY, make_app
from infra.local.simulators.serving import arguments, serve


def main() -> None:
    """Read the arguments and serve."""
    parser = arguments(__doc__, 4772)
    parser.add_argument("--key", action="append", help="a key that is taken; may be repeated")
    given = parser.parse_args()
    app = make_app(tuple(given.key or (DEFAULT_KEY,)), given.scale)
    asyncio.run(serve(app, given.port, "Ark simulator, base URL with /api/v3"))


if __name__ == "__main__":
    main()
