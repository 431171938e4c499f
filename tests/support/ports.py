"""Ports for the servers of tests: each process of a test run has blocks of its own."""

import socket

from infra.local.ports import is_free

# Below what Linux (32768) and macOS (49152) give to outgoing connections: those come and go.
_FIRST, _LAST, _SIZE = 18_000, 28_000, 10
_claims: list[socket.socket] = []


def own_port() -> int:
    """A port that nothing listens on and no other test takes; the eight after it are like it.

    A run takes the ports after its gateway's (infra/local/ports.py). The claim is the block's
    last port, bound as long as this process is there.
    """
    for first in range(_FIRST, _LAST, _SIZE):
        claim = socket.socket()
        try:
            claim.bind(("127.0.0.1", first + _SIZE - 1))
        except OSError:
            claim.close()
            continue
        _claims.append(claim)
        if all(is_free(port) for port in range(first, first + _SIZE - 1)):
            return first
    raise RuntimeError(f"no block of {_SIZE} ports is free from {_FIRST} to {_LAST}")
