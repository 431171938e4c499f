"""A client of `/api/v1`: gives the `data` of an answer, ends the command with a refusal's words."""

from types import TracebackType
from typing import Any, Self

import click
import httpx

_SECONDS = 60.0
Query = dict[str, str | int]


class Refused(click.ClickException):
    """The API refused; `status` is the HTTP status and `code` the envelope's."""

    def __init__(self, answer: httpx.Response) -> None:
        self.status = answer.status_code
        self.code, text = _words_of(answer)
        super().__init__(text)


class Api:
    """One connection, as one caller."""

    def __init__(self, url: str, transport: httpx.BaseTransport | None = None) -> None:
        self._http = httpx.Client(
            base_url=f"{url.rstrip('/')}/api/v1",
            timeout=_SECONDS,
            headers={"Accept-Language": "en"},
            transport=transport,
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._http.close()

    def authorize(self, token: str) -> None:
        """Ask with that access token or API key from now on."""
        self._http.headers["Authorization"] = f"Bearer {token}"

    def get(self, path: str, query: Query | None = None) -> Any:
        return self._call("GET", path, query=query)

    def post(self, path: str, body: Any = None) -> Any:
        return self._call("POST", path, body=body)

    def delete(self, path: str, query: Query | None = None) -> Any:
        return self._call("DELETE", path, query=query)

    def items(self, path: str, query: Query | None = None) -> list[dict[str, Any]]:
        """What all pages of a list hold."""
        found: list[dict[str, Any]] = []
        page = 1
        while True:
            part = self.get(path, {**(query or {}), "page": page, "page_size": 100})
            found += part["items"]
            if page >= part["total_pages"]:
                return found
            page += 1

    def _call(self, method: str, path: str, *, query: Query | None = None, body: Any = None) -> Any:
        try:
            answer = self._http.request(method, path, params=query, json=body)
        except httpx.TransportError as error:
            raise click.ClickException(f"{self._http.base_url} was not reached: {error}") from error
        if not answer.is_success:
            raise Refused(answer)
        return answer.json()["data"]


def _words_of(answer: httpx.Response) -> tuple[str, str]:
    """Code and text of a refusal; something before the API may have answered without envelope."""
    try:
        envelope = answer.json()
        error = envelope["error"]
        text = f"{error['code']}: {error['message']} (request {envelope['request_id']})"
        return error["code"], text
    except (ValueError, KeyError, TypeError):
        return "", f"{answer.request.method} {answer.request.url} was answered {answer.status_code}"
