"""OPTIONS of an HTTP API without CORS goes to its route, as any other method does.

The emulator refuses it by itself; on AWS only an API with CORS answers preflights.
"""

from typing import Any

from ministack.services import apigateway


class _Routed(str):
    """A method that equals no constant: of routes, those of any method take it."""

    __slots__ = ()
    __hash__ = str.__hash__

    def __eq__(self, other: object) -> bool:
        return other is self


def apply() -> None:
    execute = apigateway._handle_execute_in_scope

    async def mended(api_id: str, stage: str, path: str, method: str, *rest: Any) -> Any:
        api = apigateway._apis.get(api_id) or {}
        if method == "OPTIONS" and not api.get("corsConfiguration"):
            method = _Routed(method)
        return await execute(api_id, stage, path, method, *rest)

    apigateway._handle_execute_in_scope = mended
