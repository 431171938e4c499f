"""The ways in: HTTP API, stream URL, CloudFront."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from infra.stages import load_stage
from tests.infra.templates import Assembly, Synthesize

STAGES = ("prod", "dev", "local")
ROUTES = {
    "$default": "root",
    "ANY /": "root",
    "ANY /health": "root",
    "ANY /api/v1/auth/{proxy+}": "identity",
    "ANY /api/v1/users": "identity",
    "ANY /api/v1/users/{proxy+}": "identity",
    "ANY /api/v1/api-keys": "identity",
    "ANY /api/v1/api-keys/{proxy+}": "identity",
    "ANY /api/v1/roles": "roles",
    "ANY /api/v1/roles/{proxy+}": "roles",
    "ANY /api/v1/chat-sessions": "chat",
    "ANY /api/v1/chat-sessions/{proxy+}": "chat",
    "ANY /api/v1/chat/{proxy+}": "chat",
    "ANY /api/v1/models": "chat",
    "ANY /api/v1/documents": "documents",
    "ANY /api/v1/documents/{proxy+}": "documents",
    "ANY /api/v1/knowledge-bases": "knowledge",
    "ANY /api/v1/knowledge-bases/{proxy+}": "knowledge",
    "ANY /api/v1/ai/image/{proxy+}": "tasks",
    "ANY /api/v1/ai/tasks": "tasks",
    "ANY /api/v1/learning/analyses": "tasks",
    "ANY /api/v1/learning/syllabi": "tasks",
    "ANY /api/v1/learning/question-batches": "tasks",
    "ANY /api/v1/tasks/{proxy+}": "tasks",
    "ANY /api/v1/users/me/webhook-secret": "tasks",
    "ANY /api/v1/orders": "payments",
    "ANY /api/v1/orders/{proxy+}": "payments",
    "ANY /api/v1/payments/{proxy+}": "payments",
    "ANY /api/v1/courses": "learning",
    "ANY /api/v1/courses/{proxy+}": "learning",
    "ANY /api/v1/assignments": "learning",
    "ANY /api/v1/assignments/{proxy+}": "learning",
    "ANY /api/v1/learning/{proxy+}": "learning",
    "ANY /api/v1/admin/queues": "queues",
    "ANY /api/v1/admin/queues/{proxy+}": "queues",
    "ANY /api/v1/analytics/{proxy+}": "analytics",
    "ANY /api/v1/photo-templates": "tasks",
    "ANY /api/v1/photos": "tasks",
    "ANY /api/v1/photos/{proxy+}": "tasks",
    "ANY /api/v1/videos": "tasks",
    "ANY /api/v1/videos/{proxy+}": "tasks",
    "ANY /flow/{proxy+}": "code_api",
}
ROUTES |= dict.fromkeys(
    (
        "ANY /api/v1/companies", "ANY /api/v1/companies/{proxy+}", "ANY /api/v1/workspaces",
        "ANY /api/v1/workspaces/{proxy+}", "ANY /api/v1/works", "ANY /api/v1/works/{proxy+}",
        "ANY /api/v1/outcomes/{proxy+}", "ANY /api/v1/admin/schedules/{proxy+}",
    ),
    "workspaces",
)  # fmt: skip
CERTIFICATE = "arn:aws:acm:us-east-1:111122223333:certificate/0f0e"


@pytest.fixture(scope="module")
def with_options(synthesized: Synthesize) -> Assembly:
    """What a deployment can switch on."""
    stage = load_stage(
        "dev", {"snap_start": "true", "domain": "ai.example.com", "certificate_arn": CERTIFICATE}
    )
    return synthesized(replace(stage, name="options"))


def routed(assembly: Assembly) -> dict[str, str]:
    """The logical id each route's integration calls."""
    integrations = assembly.of_type("AWS::ApiGatewayV2::Integration")
    return {
        route["RouteKey"]: assembly.target(
            integrations[assembly.target(route["Target"])]["IntegrationUri"]
        )
        for route in assembly.of_type("AWS::ApiGatewayV2::Route").values()
    }


@pytest.mark.parametrize("stage", STAGES)
def test_every_group_has_its_routes(assemblies: dict[str, Assembly], stage: str) -> None:
    assembly = assemblies[stage]
    expected = {route: assembly.function_id(name) for route, name in ROUTES.items()}
    assert routed(assembly) == expected


@pytest.mark.parametrize("stage", STAGES)
def test_the_api_may_call_each_function_it_routes_to(
    assemblies: dict[str, Assembly], stage: str
) -> None:
    assembly = assemblies[stage]
    allowed = {
        assembly.target(permission["FunctionName"])
        for permission in assembly.of_type("AWS::Lambda::Permission").values()
        if permission["Principal"] == "apigateway.amazonaws.com"
    }
    assert allowed == set(routed(assembly).values())


def test_api_uses_payload_2_is_throttled_and_logs_each_access(prod: Assembly) -> None:
    integrations = prod.of_type("AWS::ApiGatewayV2::Integration").values()
    assert {integration["PayloadFormatVersion"] for integration in integrations} == {"2.0"}
    stage = prod.only("AWS::ApiGatewayV2::Stage")
    assert stage["StageName"] == "$default"
    assert stage["DefaultRouteSettings"]["ThrottlingRateLimit"] > 0
    assert stage["DefaultRouteSettings"]["ThrottlingBurstLimit"] > 0
    fields = json.loads(stage["AccessLogSettings"]["Format"])
    assert {"requestId", "route", "status"} <= set(fields)
    # Neither tokens nor bodies belong into a log; /flow/tokens has tokens in its paths.
    logged = json.dumps(fields).lower()
    assert "authorization" not in logged
    assert "context.path" not in logged


@pytest.mark.parametrize("stage", ["prod", "dev"])
def test_streams_go_to_the_function_url_and_all_else_to_the_api(
    assemblies: dict[str, Assembly], stage: str
) -> None:
    assembly = assemblies[stage]
    config = assembly.only("AWS::CloudFront::Distribution")["DistributionConfig"]
    origins = {origin["Id"]: json.dumps(origin["DomainName"]) for origin in config["Origins"]}
    (streams,) = config["CacheBehaviors"]
    assert streams["PathPattern"] == "/api/v1/chat/*/stream"
    assert "FunctionUrl" in origins[streams["TargetOriginId"]]
    assert ".execute-api." in origins[config["DefaultCacheBehavior"]["TargetOriginId"]]
    assert streams["Compress"] is False


@pytest.mark.parametrize("stage", ["prod", "dev"])
def test_nothing_is_cached_and_plain_http_is_redirected(
    assemblies: dict[str, Assembly], stage: str
) -> None:
    config = assemblies[stage].only("AWS::CloudFront::Distribution")["DistributionConfig"]
    for behaviour in (config["DefaultCacheBehavior"], *config["CacheBehaviors"]):
        # The managed policies CachingDisabled, AllViewerExceptHostHeader, SecurityHeaders.
        assert behaviour["CachePolicyId"] == "4135ea2d-6df8-44a3-9df3-4b5a84be39ad"
        assert behaviour["OriginRequestPolicyId"] == "b689b0a8-53d0-40ab-baf2-68738e2966ac"
        assert behaviour["ResponseHeadersPolicyId"] == "67f7725c-6f97-4210-82d7-5512b31e9d03"
        assert behaviour["ViewerProtocolPolicy"] == "redirect-to-https"
        assert set(behaviour["AllowedMethods"]) >= {"POST", "PUT", "DELETE"}


def test_an_origin_may_be_silent_longer_than_a_stream_ever_is(prod: Assembly) -> None:
    config = prod.only("AWS::CloudFront::Distribution")["DistributionConfig"]
    timeouts = {o["CustomOriginConfig"]["OriginReadTimeout"] for o in config["Origins"]}
    # 30 s is the HTTP API's own limit; a stream sends a comment every 15 s.
    assert timeouts == {30, 60}


def test_local_run_has_no_distribution_and_no_alarm(local: Assembly) -> None:
    kinds = {resource["Type"] for resource in local.resources.values()}
    assert not [kind for kind in kinds if kind.startswith(("AWS::CloudFront", "AWS::CloudWatch"))]


@pytest.mark.parametrize("stage", STAGES)
def test_outputs_name_what_a_client_or_an_operator_needs(
    assemblies: dict[str, Assembly], stage: str
) -> None:
    outputs = set(assemblies[stage].service["Outputs"])
    tables = {f"{name}TableName" for name in ("Identity", "Roles", "Chat", "Documents")}
    assert outputs >= tables | {
        "HttpApiId", "ChatStreamFunctionName", "ChatStreamUrl", "FilesBucketName",
        "LedgerTableName", "LimitsTableName", "AuthSecretArn", "ProvidersSecretArn",
        "DocumentsQueueUrl", "FlowTableName", "FlowSecretArn",
    }  # fmt: skip
    assert ("BaseUrl" in outputs) is (stage != "local")


def test_snap_start_publishes_versions_and_the_api_calls_them(with_options: Assembly) -> None:
    aliases = with_options.of_type("AWS::Lambda::Alias")
    assert set(routed(with_options).values()) == set(aliases)
    called = {with_options.target(alias["FunctionName"]) for alias in aliases.values()}
    for logical_id, function in with_options.of_type("AWS::Lambda::Function").items():
        published = {"ApplyOn": "PublishedVersions"}
        assert function.get("SnapStart") == (published if logical_id in called else None)


def test_a_domain_brings_its_certificate_and_tls_policy(with_options: Assembly) -> None:
    config = with_options.only("AWS::CloudFront::Distribution")["DistributionConfig"]
    assert config["Aliases"] == ["ai.example.com"]
    assert config["ViewerCertificate"]["AcmCertificateArn"] == CERTIFICATE
    assert config["ViewerCertificate"]["MinimumProtocolVersion"] == "TLSv1.2_2021"
