"""A Step Functions workflow from its definition file."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from aws_cdk import RemovalPolicy
from aws_cdk import aws_iam as iam
from aws_cdk import aws_logs as logs
from aws_cdk import aws_stepfunctions as sfn
from constructs import Construct

from infra.constructs.function import AppFunction
from infra.constructs.retention import log_retention
from infra.nag import accept
from infra.stages import Stage

DEFINITIONS = Path(__file__).resolve().parent.parent / "state_machines"


class StateMachine(Construct):
    """`state_machines/<name>.asl.json`; `tasks` maps its placeholders to functions."""

    def __init__(
        self, scope: Construct, name: str, *, tasks: Mapping[str, AppFunction], stage: Stage
    ) -> None:
        super().__init__(scope, "".join(part.capitalize() for part in name.split("_")))
        self.name = name
        physical_name = stage.resource_name(name)
        role = iam.Role(self, "Role", assumed_by=iam.ServicePrincipal("states.amazonaws.com"))
        for task in tasks.values():
            role.add_to_principal_policy(
                iam.PolicyStatement(
                    actions=["lambda:InvokeFunction"], resources=[task.function.function_arn]
                )
            )
        self.log_group = self._add_log_group(physical_name, stage)
        definition = (DEFINITIONS / f"{name}.asl.json").read_text(encoding="utf-8")
        self.machine = sfn.StateMachine(
            self,
            "Machine",
            state_machine_name=physical_name,
            definition_body=sfn.DefinitionBody.from_string(definition),
            definition_substitutions={
                key: task.function.function_arn for key, task in tasks.items()
            },
            role=role,
            logs=sfn.LogOptions(
                destination=self.log_group, level=sfn.LogLevel.ALL, include_execution_data=False
            ),
            tracing_enabled=stage.tracing,
        )
        accept(
            role,
            "AwsSolutions-IAM5[Resource::*]",
            "log delivery and X-Ray have no narrower resource, see "
            "https://docs.aws.amazon.com/step-functions/latest/dg/cw-logs.html",
        )

    def _add_log_group(self, physical_name: str, stage: Stage) -> logs.LogGroup:
        return logs.LogGroup(
            self,
            "Logs",
            log_group_name=f"/aws/vendedlogs/states/{physical_name}",
            retention=log_retention(stage),
            removal_policy=RemovalPolicy.DESTROY,
        )

    def grant_start(self, function: AppFunction) -> None:
        self.machine.grant_start_execution(function.role)
        function.set_environment(
            f"{self.name.upper()}_STATE_MACHINE_ARN", self.machine.state_machine_arn
        )
