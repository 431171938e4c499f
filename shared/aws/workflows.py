"""Step Functions: start an execution once per name."""

from shared.aws.clients import client


class UnknownStep(LookupError):
    """A workflow names a step that its worker does not know: a fault of this deployment."""


def start_execution(state_machine_arn: str, name: str, input_json: str) -> None:
    """Start the execution of that name; one that was started before is left alone.

    Args:
        state_machine_arn: a standard state machine.
        name: 1–80 characters, unique for 90 days: what makes a repeat harmless.
        input_json: the execution's input.
    """
    workflows = client("stepfunctions")
    try:
        workflows.start_execution(stateMachineArn=state_machine_arn, name=name, input=input_json)
    except workflows.exceptions.ExecutionAlreadyExists:
        return
