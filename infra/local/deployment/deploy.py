"""The whole deployment: files, both stacks in order, and what the running parts need of it."""

from dataclasses import dataclass
from typing import Any

from infra.local.aws import LocalAws
from infra.local.build import Assembly
from infra.local.deployment.assembly import AssemblyFolder, with_environment
from infra.local.deployment.assets import upload_assets
from infra.local.deployment.stacks import Change, Stacks

_TEMPLATE_BUCKET = "rolecraft-local-templates"


@dataclass(frozen=True)
class Deployment:
    """`notes` are for the progress line; `outputs` are those of all stacks."""

    outputs: dict[str, str]
    notes: list[str]

    def http_api_url(self, aws: LocalAws) -> str:
        return f"{aws.url}/_aws/execute-api/{self.outputs['HttpApiId']}/$default"

    def stream_environment(self, aws: LocalAws) -> dict[str, str]:
        """The variables of the deployed chat_stream function."""
        name = self.outputs["ChatStreamFunctionName"]
        configuration = aws.client("lambda").get_function_configuration(FunctionName=name)
        variables: dict[str, str] = configuration["Environment"]["Variables"]
        return {**variables, "AWS_LAMBDA_FUNCTION_NAME": name}


def deploy(aws: LocalAws, assembly: Assembly, variables: dict[str, str]) -> Deployment:
    """`variables` replace those of the template in every function that has them."""
    renamed = {assembly.code_then: assembly.code}
    stacks = AssemblyFolder(assembly.folder, renamed).stacks()
    s3: Any = aws.client("s3")
    s3.create_bucket(Bucket=_TEMPLATE_BUCKET)
    sent = upload_assets(s3, [asset for stack in stacks for asset in stack.assets])
    notes = [f"{sent} files sent"] if sent else []
    formation = Stacks(aws.client("cloudformation"), s3, _TEMPLATE_BUCKET)
    outputs: dict[str, str] = {}
    for stack in stacks:
        change = formation.apply(stack.name, with_environment(stack.template, variables))
        if change is not Change.UNCHANGED:
            notes.append(f"{stack.name} {change}")
        outputs.update(formation.outputs(stack.name))
    return Deployment(outputs, notes or ["unchanged"])
