"""Who sent a request: the hop before the API is believed, the client's own word is not."""

import pytest
from starlette.requests import Request

from shared.http.client_address import client_address


def address(source: str, forwarded: str = "") -> str:
    headers = [(b"x-forwarded-for", forwarded.encode())] if forwarded else []
    return client_address(Request({"type": "http", "headers": headers, "client": (source, 0)}))


@pytest.mark.parametrize(
    ("source", "forwarded", "expected"),
    [
        ("203.0.113.7", "", "203.0.113.7"),
        ("203.0.113.7", "203.0.113.7", "203.0.113.7"),
        ("130.176.0.9", "192.0.2.1, 130.176.0.9", "192.0.2.1"),
        ("130.176.0.9", "10.9.8.7, 192.0.2.1, 130.176.0.9", "192.0.2.1"),
        ("127.0.0.1", "192.0.2.1", "192.0.2.1"),
        ("127.0.0.1", "nonsense", "127.0.0.1"),
        ("127.0.0.1", " , ,", "127.0.0.1"),
        ("2001:db8:1:2:3:4:5:6", "", "2001:db8:1:2::/64"),
        ("2001:db8:1:2::ffff", "", "2001:db8:1:2::/64"),
        ("::ffff:192.0.2.1", "", "192.0.2.1"),
        ("", "", ""),
    ],
)
def test_the_address_is_the_last_one_a_hop_has_seen(
    source: str, forwarded: str, expected: str
) -> None:
    assert address(source, forwarded) == expected
