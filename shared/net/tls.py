"""Who is trusted when a stranger's server is called."""

import ssl
from functools import cache

import certifi


@cache
def default_tls() -> ssl.SSLContext:
    """The public authorities, unless a test says otherwise; reading them takes 20 ms."""
    return ssl.create_default_context(cafile=certifi.where())


def is_of_tls(error: BaseException | None) -> bool:
    """Whether a request failed for its TLS, for instance for another name's certificate."""
    while error is not None:
        if isinstance(error, ssl.SSLError):
            return True
        error = error.__cause__ or error.__context__
    return False
