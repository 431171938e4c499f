"""Step Functions match a function's error by its class name."""

import json

from tests.emulator.support import ROLE, RunningEmulator, function
from tests.support.waiting import until

CODE = """
class BookingError(Exception):
    pass
def handler(event, context):
    raise BookingError("no seat left")
"""


def test_catch_by_class_name(emulator: RunningEmulator) -> None:
    name = emulator.deploy({"F": function(CODE)})["F"]
    definition = {
        "StartAt": "Book",
        "States": {
            "Book": {
                "Type": "Task",
                "Resource": "arn:aws:states:::lambda:invoke",
                "Parameters": {"FunctionName": name},
                "Catch": [{"ErrorEquals": ["BookingError"], "Next": "Caught"}],
                "End": True,
            },
            "Caught": {"Type": "Pass", "Result": "caught", "End": True},
        },
    }
    machines = emulator.client("stepfunctions")
    machine = machines.create_state_machine(
        name="catching", definition=json.dumps(definition), roleArn=ROLE
    )
    arn = machines.start_execution(stateMachineArn=machine["stateMachineArn"])["executionArn"]

    def ended() -> dict[str, str] | None:
        execution = machines.describe_execution(executionArn=arn)
        return None if execution["status"] == "RUNNING" else execution

    assert until(ended)["output"] == '"caught"'
