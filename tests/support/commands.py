"""`rolecraft` run in this process against the handlers of the API."""

import io
import json
from collections.abc import Mapping
from contextlib import redirect_stdout
from functools import partial
from typing import Any

import httpx
import pytest
from click.testing import CliRunner, Result

import cli.connection
from cli.api import Api
from cli.main import rolecraft
from tests.support.http import Client, Handler


class HandlerTransport(httpx.BaseTransport):
    """Gives each request to the function whose routes begin its path."""

    def __init__(self, handlers: Mapping[str, Handler]) -> None:
        self._handlers = handlers

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        path = request.url.path
        handler = next(one for prefix, one in self._handlers.items() if path.startswith(prefix))
        with redirect_stdout(io.StringIO()):  # log lines are no words of the command
            answer = Client(handler).call(
                request.method,
                path,
                query=dict(request.url.params),
                raw=request.read() or None,
                headers=dict(request.headers),
            )
        return httpx.Response(answer.status, headers=answer.headers, text=answer.text)


class Commands:
    """Runs commands as one caller; `said` is what the last one printed."""

    def __init__(
        self,
        patch: pytest.MonkeyPatch,
        handlers: Mapping[str, Handler],
        environment: dict[str, str],
    ) -> None:
        transport = HandlerTransport(handlers)
        patch.setattr(cli.connection, "Api", partial(Api, transport=transport))
        self._environment = {"ROLECRAFT_URL": "https://api.test", **environment}

    def run(self, *arguments: str, answer: str | None = None, code: int = 0) -> Result:
        """A command with this answer to its question, which must end with that code."""
        result = CliRunner().invoke(rolecraft, arguments, input=answer, env=self._environment)
        assert result.exit_code == code, (result.output, result.exception)
        return result

    def json(self, *arguments: str) -> Any:
        """What a command prints with `--json`."""
        return json.loads(self.run(*arguments, "--json").stdout)
