"""A caller of the public API; an answer that was not expected ends the run with its text."""

from typing import Any

import httpx

from infra.local.errors import LocalRunError

_SECONDS = 60.0


class DemoError(LocalRunError):
    """The demo data could not be put in. `is_refusal`: because somebody changed what it needs."""

    is_refusal = False


class ApiError(DemoError):
    """The API refused; `status` is the HTTP status."""

    def __init__(self, method: str, path: str, answer: httpx.Response) -> None:
        text = answer.text[:500]
        super().__init__(
            f"Demo data: {method} {path} was answered {answer.status_code}: {text}\n"
            "The functions' logs are in logs/functions of the state directory.",
            f"演示数据写入失败：{method} {path} 返回 {answer.status_code}。",
        )
        self.status = answer.status_code
        self.is_refusal = not answer.is_server_error


class ApiClient:
    """Gives the `data` of the success envelope."""

    def __init__(self, base_url: str) -> None:
        self._http = httpx.Client(base_url=base_url, timeout=_SECONDS, trust_env=False)

    def sign_in(self, token: str) -> None:
        self._http.headers["Authorization"] = f"Bearer {token}"

    def get(self, path: str, **query: Any) -> Any:
        return self._call("GET", path, params=query)

    def post(self, path: str, **request: Any) -> Any:
        """`json=` a body, or `data=` and `files=` of a form."""
        return self._call("POST", path, **request)

    def put(self, path: str, body: dict[str, Any]) -> Any:
        return self._call("PUT", path, json=body)

    def delete(self, path: str) -> None:
        self._call("DELETE", path)

    def every(self, path: str, **query: Any) -> list[dict[str, Any]]:
        """The items of all pages."""
        items: list[dict[str, Any]] = []
        page = 1
        while True:
            part = self.get(path, page=page, page_size=100, **query)
            items += part["items"]
            if page >= part["total_pages"]:
                return items
            page += 1

    def close(self) -> None:
        self._http.close()

    def _call(self, method: str, path: str, **request: Any) -> Any:
        answer = self._http.request(method, path, **request)
        if not answer.is_success:
            raise ApiError(method, path, answer)
        return answer.json()["data"]
