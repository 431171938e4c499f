"""ReservedConcurrentExecutions set by CloudFormation, which the emulator drops."""

from ministack.services import lambda_svc

from infra.local.emulator.mends.provisioning import Properties, after


def apply() -> None:
    after("AWS::Lambda::Function", _reserve)


def _reserve(function: str, properties: Properties) -> None:
    reserved = properties.get("ReservedConcurrentExecutions")
    if reserved is None:
        lambda_svc._delete_function_concurrency(function)
    else:
        lambda_svc._put_function_concurrency(
            function, {"ReservedConcurrentExecutions": int(reserved)}
        )
