"""The HTTP API: access log, throttling, one integration for each API function."""

from __future__ import annotations

import json
from collections.abc import Sequence

from aws_cdk import RemovalPolicy, Stack
from aws_cdk import aws_apigatewayv2 as apigateway
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_logs as logs
from aws_cdk.aws_apigatewayv2_integrations import HttpLambdaIntegration
from constructs import Construct

from infra.constructs.retention import log_retention
from infra.nag import accept
from infra.stages import Stage

# Guards the account's Lambda concurrency; callers have their own limits in the functions.
REQUESTS_PER_SECOND = 500
BURST = 1000
# The hard limit of HTTP APIs, and their default; functions end one second earlier.
INTEGRATION_TIMEOUT_SECONDS = 30
CATCH_ALL = "$default"
# No path: that of /flow/tokens has a token in it. The function's own line names the route.
_ACCESS_LOG_FIELDS = {
    "requestId": "$context.requestId",
    "time": "$context.requestTime",
    "ip": "$context.identity.sourceIp",
    "method": "$context.httpMethod",
    "route": "$context.routeKey",
    "status": "$context.status",
    "bytes": "$context.responseLength",
    "latency": "$context.responseLatency",
    "integrationError": "$context.integrationErrorMessage",
}


class HttpApi(Construct):
    """Routes are given per API group; authentication is the functions' own work."""

    def __init__(self, scope: Construct, *, stage: Stage) -> None:
        super().__init__(scope, "HttpApi")
        self.api = apigateway.HttpApi(
            self,
            "Api",
            api_name=stage.resource_name("api"),
            create_default_stage=False,
        )
        self.access_log = logs.LogGroup(
            self,
            "AccessLog",
            log_group_name=f"/aws/apigateway/{stage.resource_name('api')}",
            retention=log_retention(stage),
            removal_policy=RemovalPolicy.DESTROY,
        )
        self._stage()
        accept(
            self,
            "AwsSolutions-APIG4",
            "authentication sits in the functions: every refusal has the envelope, "
            "and register, login and refresh must be public",
        )

    @property
    def domain_name(self) -> str:
        stack = Stack.of(self)
        return f"{self.api.api_id}.execute-api.{stack.region}.{stack.url_suffix}"

    def _stage(self) -> None:
        apigateway.CfnStage(
            self,
            "Stage",
            api_id=self.api.api_id,
            stage_name="$default",
            auto_deploy=True,
            default_route_settings=apigateway.CfnStage.RouteSettingsProperty(
                throttling_rate_limit=REQUESTS_PER_SECOND, throttling_burst_limit=BURST
            ),
            access_log_settings=apigateway.CfnStage.AccessLogSettingsProperty(
                destination_arn=self.access_log.log_group_arn,
                format=json.dumps(_ACCESS_LOG_FIELDS),
            ),
        )

    def route(self, paths: Sequence[str], target: lambda_.IFunction) -> None:
        """Sends every method of `paths` to `target`, which answers 405 itself."""
        integration = HttpLambdaIntegration(
            "Integration",
            target,
            # One permission for a function instead of one for each of its routes.
            scope_permission_to_route=False,
        )
        for path in paths:
            apigateway.HttpRoute(
                self,
                f"Route {path}",
                http_api=self.api,
                route_key=_route_key(path),
                integration=integration,
            )


def _route_key(path: str) -> apigateway.HttpRouteKey:
    if path == CATCH_ALL:
        return apigateway.HttpRouteKey.DEFAULT
    return apigateway.HttpRouteKey.with_(path, apigateway.HttpMethod.ANY)
