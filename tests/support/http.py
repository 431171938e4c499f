"""Calls a Lambda handler as API Gateway does (HTTP API, payload 2.0) and reads its answer."""

import base64
import gzip
import json
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode

Handler = Callable[[dict[str, Any], Any], dict[str, Any]]


@dataclass(frozen=True)
class Answer:
    """What came back."""

    status: int
    headers: dict[str, str]
    text: str

    @property
    def body(self) -> dict[str, Any]:
        parsed: dict[str, Any] = json.loads(self.text)
        return parsed

    @property
    def data(self) -> Any:
        assert self.body["success"] is True, self.text
        return self.body["data"]

    @property
    def error(self) -> dict[str, Any]:
        assert self.body["success"] is False, self.text
        error: dict[str, Any] = self.body["error"]
        return error


@dataclass(frozen=True)
class Client:
    """One caller of one function; `as_caller` gives the same with another credential."""

    handler: Handler
    credential: str | None = None
    headers: dict[str, str] = field(default_factory=dict)
    source_ip: str = "203.0.113.7"

    def as_caller(self, credential: str | None) -> "Client":
        return Client(self.handler, credential, self.headers, self.source_ip)

    def get(self, path: str, **query: Any) -> Answer:
        return self.call("GET", path, query=query)

    def post(self, path: str, body: Any = None, **headers: str) -> Answer:
        return self.call("POST", path, body=body, headers=_dashed(headers))

    def put(self, path: str, body: Any = None, **headers: str) -> Answer:
        return self.call("PUT", path, body=body, headers=_dashed(headers))

    def delete(self, path: str, **query: Any) -> Answer:
        return self.call("DELETE", path, query=query)

    def call(
        self,
        method: str,
        path: str,
        *,
        query: dict[str, Any] | None = None,
        body: Any = None,
        raw: bytes | None = None,
        headers: dict[str, str] | None = None,
    ) -> Answer:
        """Send a JSON body, or `raw` bytes as they are."""
        sent = {"host": "api.test", **self.headers}
        if body is not None:
            raw = json.dumps(body, ensure_ascii=False).encode()
            sent["content-type"] = "application/json"
        if raw is not None:
            sent["content-length"] = str(len(raw))
        if self.credential:
            sent["authorization"] = f"Bearer {self.credential}"
        sent.update(headers or {})
        return _answer(self.handler(self._event(method, path, query or {}, raw, sent), None))

    def _event(
        self,
        method: str,
        path: str,
        query: dict[str, Any],
        raw: bytes | None,
        headers: dict[str, str],
    ) -> dict[str, Any]:
        path, _, inline = path.partition("?")
        return {
            "version": "2.0",
            "routeKey": "ANY /{proxy+}",
            "rawPath": path,
            "rawQueryString": inline or urlencode(query),
            "headers": headers,
            "requestContext": {
                "http": {
                    "method": method,
                    "path": path,
                    "sourceIp": self.source_ip,
                    "protocol": "HTTP/1.1",
                },
                "stage": "$default",
            },
            "body": None if raw is None else base64.b64encode(raw).decode(),
            "isBase64Encoded": raw is not None,
        }


def _dashed(headers: dict[str, str]) -> dict[str, str]:
    return {name.replace("_", "-"): value for name, value in headers.items()}


def _answer(reply: dict[str, Any]) -> Answer:
    text, headers = reply["body"], {k.lower(): v for k, v in reply["headers"].items()}
    if reply.get("isBase64Encoded"):
        body = base64.b64decode(text)
        packed = headers.get("content-encoding") == "gzip"
        text = (gzip.decompress(body) if packed else body).decode()
    return Answer(reply["statusCode"], headers, text)
