"""CloudFront: one origin for clients, streams to the Function URL, all else to the HTTP API."""

from __future__ import annotations

from aws_cdk import Duration
from aws_cdk import aws_certificatemanager as acm
from aws_cdk import aws_cloudfront as cloudfront
from aws_cdk import aws_cloudfront_origins as origins
from constructs import Construct

from infra.constructs.http_api import INTEGRATION_TIMEOUT_SECONDS, HttpApi
from infra.constructs.streaming_function import StreamingFunction
from infra.nag import accept
from infra.stages import Stage

# `*` matches slashes too: this covers /chat/{sid}/stream and /chat/{sid}/messages/{mid}/stream.
STREAM_PATHS = "/api/v1/chat/*/stream"
# CloudFront's limit without a quota increase; a silent stream sends a comment every 15 s.
STREAM_READ_TIMEOUT_SECONDS = 60


class Distribution(Construct):
    """Nothing is cached: every answer belongs to one caller."""

    def __init__(
        self, scope: Construct, *, api: HttpApi, stream: StreamingFunction, stage: Stage
    ) -> None:
        super().__init__(scope, "Distribution")
        self.distribution = cloudfront.Distribution(
            self,
            "Distribution",
            comment=f"RoleCraft {stage.name}",
            http_version=cloudfront.HttpVersion.HTTP2_AND_3,
            # CloudFront's own certificate comes with its own policy.
            minimum_protocol_version=(
                cloudfront.SecurityPolicyProtocol.TLS_V1_2_2021 if stage.domain else None
            ),
            domain_names=[stage.domain] if stage.domain else None,
            certificate=self._certificate(stage),
            default_behavior=_behaviour(_api_origin(api), compress=True),
            # Compression would hold events back until a block is full.
            additional_behaviors={STREAM_PATHS: _behaviour(_stream_origin(stream), compress=False)},
        )
        self._accept_findings()

    def _certificate(self, stage: Stage) -> acm.ICertificate | None:
        if not stage.certificate_arn:
            return None
        return acm.Certificate.from_certificate_arn(self, "Certificate", stage.certificate_arn)

    def _accept_findings(self) -> None:
        for rule, reason in {
            "AwsSolutions-CFR1": "the service is offered in every country",
            "AwsSolutions-CFR2": "a web ACL has a monthly fee; callers are limited in the API",
            "AwsSolutions-CFR3": "the HTTP API and the functions log every request themselves",
            "AwsSolutions-CFR4": "CloudFront's own domain fixes the TLS policy; with the "
            "settings domain and certificate_arn it is TLSv1.2_2021",
        }.items():
            accept(self.distribution, rule, reason)


def _api_origin(api: HttpApi) -> origins.HttpOrigin:
    return origins.HttpOrigin(
        api.domain_name,
        protocol_policy=cloudfront.OriginProtocolPolicy.HTTPS_ONLY,
        origin_ssl_protocols=[cloudfront.OriginSslPolicy.TLS_V1_2],
        read_timeout=Duration.seconds(INTEGRATION_TIMEOUT_SECONDS),
    )


def _stream_origin(stream: StreamingFunction) -> origins.FunctionUrlOrigin:
    return origins.FunctionUrlOrigin(
        stream.url, read_timeout=Duration.seconds(STREAM_READ_TIMEOUT_SECONDS)
    )


def _behaviour(origin: cloudfront.IOrigin, *, compress: bool) -> cloudfront.BehaviorOptions:
    return cloudfront.BehaviorOptions(
        origin=origin,
        allowed_methods=cloudfront.AllowedMethods.ALLOW_ALL,
        viewer_protocol_policy=cloudfront.ViewerProtocolPolicy.REDIRECT_TO_HTTPS,
        cache_policy=cloudfront.CachePolicy.CACHING_DISABLED,
        # Both origins answer only to their own Host header.
        origin_request_policy=cloudfront.OriginRequestPolicy.ALL_VIEWER_EXCEPT_HOST_HEADER,
        response_headers_policy=cloudfront.ResponseHeadersPolicy.SECURITY_HEADERS,
        compress=compress,
    )
