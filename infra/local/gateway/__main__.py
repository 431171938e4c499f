"""`python -m infra.local.gateway`: GATEWAY_PORT, HTTP_API_URL and CHAT_STREAM_URL are set."""

import logging
import os
import re
import sys

import uvloop
from aiohttp import web

from infra.local.gateway.app import Upstreams, create_gateway

_SHUTDOWN_SECONDS = 1.0
_ACCESS_LOG = '%t "%r" %s %b %Tfs'
# Some paths of /flow have a whole token in them; so much of it is shown elsewhere, too.
_TOKEN = re.compile(r"(flow_[0-9a-f]{10})[0-9a-f]+")


def without_tokens(record: logging.LogRecord) -> bool:
    """A filter of access log lines: they name no token that could be used."""
    record.msg = _TOKEN.sub(r"\1***", str(record.msg))
    return True


def main() -> None:
    logging.basicConfig(stream=sys.stdout, level=logging.INFO, format="%(message)s")
    logging.getLogger("aiohttp.access").addFilter(without_tokens)
    upstreams = Upstreams(
        http_api=os.environ["HTTP_API_URL"], chat_stream=os.environ["CHAT_STREAM_URL"]
    )
    web.run_app(
        create_gateway(upstreams),
        host="127.0.0.1",
        port=int(os.environ["GATEWAY_PORT"]),
        handler_cancellation=True,
        shutdown_timeout=_SHUTDOWN_SECONDS,
        access_log_format=_ACCESS_LOG,
        print=None,
        loop=uvloop.new_event_loop(),
    )


if __name__ == "__main__":
    main()
