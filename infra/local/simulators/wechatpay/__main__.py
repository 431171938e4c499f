"""`python -m infra.local.simulators.wechatpay --keys FILE`: serves on 127.0.0.1 until it ends."""

import asyncio
from pathlib import Path

from infra.local.simulators.serving import arguments, serve
from infra.local.simulators.wechatpay.keys import keys_in
from infra.local.simulators.wechatpay.server import make_app


def main() -> None:
    """Read the arguments and serve."""
    parser = arguments(__doc__, 4773)
    parser.add_argument("--keys", type=Path, required=True, help="file of throwaway keys")
    given = parser.parse_args()
    app = make_app(keys_in(given.keys), given.scale)
    asyncio.run(serve(app, given.port, "WeChat Pay simulator"))


if __name__ == "__main__":
    main()
