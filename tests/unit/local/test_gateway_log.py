"""What the gateway writes of each request."""

import logging

from infra.local.gateway.__main__ import without_tokens

TOKEN = "flow_" + "0123456789abcdef" * 4


def test_a_token_in_a_path_is_masked() -> None:
    line = f'"DELETE /flow/tokens/{TOKEN}?token={TOKEN} HTTP/1.1" 200'
    record = logging.LogRecord("aiohttp.access", logging.INFO, "", 0, line, None, None)
    assert without_tokens(record)
    masked = "flow_0123456789***"
    assert record.getMessage() == f'"DELETE /flow/tokens/{masked}?token={masked} HTTP/1.1" 200'
