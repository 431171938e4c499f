"""An API group: a function behind routes of the HTTP API."""

from __future__ import annotations

from collections.abc import Sequence

from aws_cdk import aws_lambda as lambda_
from constructs import Construct

from infra.constructs.function import AppFunction, FunctionSpec, Platform
from infra.constructs.http_api import HttpApi


class ApiFunction(AppFunction):
    """With SnapStart the API calls a published version, else the function itself."""

    def __init__(
        self,
        scope: Construct,
        spec: FunctionSpec,
        *,
        platform: Platform,
        api: HttpApi,
        routes: Sequence[str],
    ) -> None:
        snap_start = platform.stage.snap_start
        super().__init__(scope, spec, platform=platform, snap_start=snap_start)
        self._api = api
        self._routes = routes
        self._published = snap_start

    def expose(self) -> None:
        """Adds the routes; called last, because a version is a copy of the configuration."""
        target: lambda_.IFunction = self.function
        if self._published:
            target = lambda_.Alias(
                self, "Live", alias_name="live", version=self.function.current_version
            )
        self._api.route(self._routes, target)
