"""A server over real TLS, which a run is told to trust: it takes webhooks and gives files."""

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from tests.support.certificates import make_certificates

HOST = "localhost"


@dataclass(frozen=True)
class Arrival:
    """One delivery as it came in."""

    id: str
    headers: dict[str, str]
    body: bytes

    @property
    def task(self) -> dict[str, Any]:
        found: dict[str, Any] = json.loads(self.body)
        return found


@dataclass
class Receiver:
    """What came in, by path; `statuses` are the answers of a path in turn, then 200.

    A delivery to a path in `held` is answered only when its event is set. `pages` are what a GET
    finds, bytes or where they lead to.
    """

    port: int
    authority: str
    taken: dict[str, list[Arrival]] = field(default_factory=dict)
    statuses: dict[str, list[int]] = field(default_factory=dict)
    held: dict[str, threading.Event] = field(default_factory=dict)
    pages: dict[str, bytes | str] = field(default_factory=dict)

    @property
    def trusted_hosts(self) -> str:
        """The setting of a run that may send here."""
        return json.dumps({f"{HOST}:{self.port}": self.authority})

    def url(self, path: str) -> str:
        return f"https://{HOST}:{self.port}{path}"

    def at(self, path: str) -> list[Arrival]:
        return self.taken.get(path, [])

    def take(self, path: str, arrival: Arrival) -> int:
        """Notes a delivery; the status to answer with."""
        self.taken.setdefault(path, []).append(arrival)
        if path in self.held:
            self.held[path].wait(60)
        waiting = self.statuses.get(path)
        return waiting.pop(0) if waiting else 200


class _Server(ThreadingHTTPServer):
    receiver: Receiver


class _Handler(BaseHTTPRequestHandler):
    server: _Server

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        arrival = Arrival(self.headers["webhook-id"], dict(self.headers.items()), body)
        status = self.server.receiver.take(self.path, arrival)
        try:
            self.send_response(status)
            self.send_header("Content-Length", "0")
            self.end_headers()
        except (BrokenPipeError, ConnectionResetError):
            return  # the sender has been killed

    def do_GET(self) -> None:
        page = self.server.receiver.pages.get(self.path, b"")
        content = page if isinstance(page, bytes) else b""
        self.send_response(200 if content else 302 if page else 404)
        if isinstance(page, str):
            self.send_header("Location", page)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, *_: Any) -> None:
        return


@contextmanager
def running_receiver(folder: Path) -> Iterator[Receiver]:
    """A receiver on a free port of this machine."""
    certificates = make_certificates(folder, HOST)
    server = _Server(("127.0.0.1", 0), _Handler)
    server.socket = certificates.server.wrap_socket(
        server.socket, server_side=True, do_handshake_on_connect=False
    )
    server.receiver = Receiver(server.server_port, certificates.authority)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield server.receiver
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
