"""The base of every Lambda function: own role, own log group, the shared code asset."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import cast

from aws_cdk import Duration, RemovalPolicy
from aws_cdk import aws_iam as iam
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_logs as logs
from constructs import Construct

from infra.artifacts import Artifacts
from infra.constructs.retention import log_retention
from infra.nag import accept
from infra.stages import ARM64, Stage

METRICS_NAMESPACE = "RoleCraft"


@dataclass(frozen=True)
class FunctionSpec:
    """What differs between functions; `layers` are names of folders under layers/."""

    name: str
    memory_mb: int = 512
    timeout_seconds: int = 29
    # Set for who waits for a code block: how much longer it lasts than the longest of them.
    seconds_beyond_code: int = 0
    layers: tuple[str, ...] = ("api",)

    @property
    def handler(self) -> str:
        return f"functions.{self.name}.handler.handler"

    def seconds(self, stage: Stage) -> int:
        """How long an invocation may last on that stage."""
        if self.seconds_beyond_code:
            return stage.code_timeout_seconds + self.seconds_beyond_code
        return self.timeout_seconds

    @property
    def construct_id(self) -> str:
        return "".join(part.capitalize() for part in self.name.split("_"))


class Platform:
    """The code asset and the layers, built once and shared by all functions of a stack."""

    def __init__(self, scope: Construct, stage: Stage, artifacts: Artifacts) -> None:
        self.stage = stage
        self.runtime = lambda_.Runtime(
            f"python{stage.python}",
            lambda_.RuntimeFamily.PYTHON,
            supports_snap_start=stage.snap_start,
        )
        self.architecture = (
            lambda_.Architecture.ARM_64
            if stage.architecture == ARM64
            else lambda_.Architecture.X86_64
        )
        self.code = artifacts.code.as_code()
        self._layers = {
            name: lambda_.LayerVersion(
                scope,
                f"{name.capitalize()}Layer",
                layer_version_name=stage.resource_name(name),
                code=asset.as_code(),
                compatible_runtimes=[self.runtime],
                compatible_architectures=[self.architecture],
            )
            for name, asset in artifacts.layers.items()
        }

    def layers(self, names: Sequence[str]) -> list[lambda_.ILayerVersion]:
        return [cast(lambda_.ILayerVersion, self._layers[name]) for name in names]


class AppFunction(Construct):
    """A function that may write its own log and nothing else until something is granted."""

    def __init__(
        self,
        scope: Construct,
        spec: FunctionSpec,
        *,
        platform: Platform,
        handler: str | None = None,
        extra_layers: Sequence[lambda_.ILayerVersion] = (),
        snap_start: bool = False,
    ) -> None:
        super().__init__(scope, spec.construct_id)
        self.spec = spec
        stage = platform.stage
        name = stage.resource_name(spec.name)
        self.log_group = self._log_group(name, stage)
        self.role = iam.Role(self, "Role", assumed_by=iam.ServicePrincipal("lambda.amazonaws.com"))
        self.log_group.grant_write(self.role)
        self.function = lambda_.Function(
            self,
            "Function",
            function_name=name,
            runtime=platform.runtime,
            architecture=platform.architecture,
            code=platform.code,
            handler=handler or spec.handler,
            memory_size=spec.memory_mb,
            timeout=Duration.seconds(spec.seconds(stage)),
            layers=[*platform.layers(spec.layers), *extra_layers],
            role=self.role,
            log_group=self.log_group,
            # What the runtime tells of an uncaught error has its request id, as our own lines.
            logging_format=lambda_.LoggingFormat.JSON,
            tracing=lambda_.Tracing.ACTIVE if stage.tracing else lambda_.Tracing.DISABLED,
            snap_start=lambda_.SnapStartConf.ON_PUBLISHED_VERSIONS if snap_start else None,
            environment=self._environment(stage),
        )
        self._accept_findings(stage)

    def _accept_findings(self, stage: Stage) -> None:
        accept(
            self.function,
            "AwsSolutions-L1",
            f"python{stage.python} on purpose: layers and byte-code are built for it",
        )
        if stage.tracing:
            accept(
                self.role,
                "AwsSolutions-IAM5[Resource::*]",
                "X-Ray's PutTraceSegments and PutTelemetryRecords know no resource",
            )

    def _log_group(self, name: str, stage: Stage) -> logs.LogGroup:
        return logs.LogGroup(
            self,
            "Logs",
            log_group_name=f"/aws/lambda/{name}",
            retention=log_retention(stage),
            removal_policy=RemovalPolicy.DESTROY,
        )

    def _environment(self, stage: Stage) -> dict[str, str]:
        return {
            "STAGE": stage.name,
            "POWERTOOLS_SERVICE_NAME": self.spec.name,
            "POWERTOOLS_METRICS_NAMESPACE": METRICS_NAMESPACE,
            "POWERTOOLS_LOG_LEVEL": "INFO",
        }

    def allow(
        self,
        actions: Sequence[str],
        resources: Sequence[str],
        conditions: Mapping[str, Mapping[str, object]] | None = None,
    ) -> None:
        """Adds exactly these actions on exactly these resources, where the conditions hold."""
        self.role.add_to_principal_policy(
            iam.PolicyStatement(
                actions=list(actions), resources=list(resources), conditions=conditions
            )
        )

    def set_environment(self, name: str, value: str) -> None:
        self.function.add_environment(name, value)
