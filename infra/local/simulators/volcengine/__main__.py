"""`python -m infra.local.simulators.volcengine --port N`: serves on 127.0.0.1 until ended."""

import asyncio

from infra.local.simulators.serving import arguments, serve
from infra.local.simulators.volcengine.server import DEFAULT_KEY, make_app


def main() -> None:
    """Read the arguments and serve."""
    parser = arguments(__doc__, 4771)
    parser.add_argument("--key", default=DEFAULT_KEY, help="<access key id>:<secret access key>")
    given = parser.parse_args()
    access_key, _, secret = given.key.partition(":")
    app = make_app({access_key: secret}, given.scale)
    asyncio.run(serve(app, given.port, "Volcengine visual simulator"))


if __name__ == "__main__":
    main()
