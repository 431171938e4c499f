"""A function that streams its answer: Function URL and AWS Lambda Web Adapter."""

from __future__ import annotations

from aws_cdk import Stack
from aws_cdk import aws_lambda as lambda_
from constructs import Construct

from infra.constructs.function import AppFunction, FunctionSpec, Platform
from infra.stages import ARM64

# https://awslabs.github.io/aws-lambda-web-adapter/getting-started/zip-packages.html
ADAPTER_ACCOUNT = "753240598075"
ADAPTER_VERSION = 26
PORT = 8080


class StreamingFunction(AppFunction):
    """`run.sh` starts the ASGI server. The emulator knows no exec wrapper: there the same
    handler text means the name `sh` in the module `run` beside it."""

    def __init__(self, scope: Construct, spec: FunctionSpec, *, platform: Platform) -> None:
        adapter = lambda_.LayerVersion.from_layer_version_arn(
            scope, f"{spec.construct_id}Adapter", _adapter_arn(scope, platform)
        )
        super().__init__(
            scope,
            spec,
            platform=platform,
            handler=f"functions/{spec.name}/run.sh",
            extra_layers=(adapter,),
        )
        for name, value in _ADAPTER_SETTINGS.items():
            self.set_environment(name, value)
        # Public like the HTTP API: the function authenticates each request itself. Signed
        # origin requests (OAC) would force every client to hash its POST bodies.
        self.url = self.function.add_function_url(
            auth_type=lambda_.FunctionUrlAuthType.NONE,
            invoke_mode=lambda_.InvokeMode.RESPONSE_STREAM,
        )


_ADAPTER_SETTINGS = {
    "AWS_LAMBDA_EXEC_WRAPPER": "/opt/bootstrap",
    "AWS_LWA_INVOKE_MODE": "response_stream",
    "AWS_LWA_PORT": str(PORT),
    # A TCP probe: an HTTP one would pass through the app's own middleware.
    "AWS_LWA_READINESS_CHECK_PROTOCOL": "tcp",
}


def _adapter_arn(scope: Construct, platform: Platform) -> str:
    name = "Arm64" if platform.stage.architecture == ARM64 else "X86"
    region = Stack.of(scope).region
    return (
        f"arn:aws:lambda:{region}:{ADAPTER_ACCOUNT}"
        f":layer:LambdaAdapterLayer{name}:{ADAPTER_VERSION}"
    )
