"""What an emulator that was stopped cleanly knows when it is started again."""

import time
from pathlib import Path

from infra.local.emulator.process import emulator as emulator_process
from infra.local.ports import free_port
from tests.emulator.conftest import ROOT
from tests.emulator.support import ROLE, RunningEmulator, eventually, function

CODE = "def handler(event, context): return 'still here'"


def test_restart_keeps_state_and_repeats_no_schedule(interpreter: Path, tmp_path: Path) -> None:
    first = RunningEmulator(free_port())
    child = emulator_process(ROOT, interpreter, tmp_path, first.port)
    child.start()
    name = first.deploy({"F": function(CODE)})["F"]
    sqs = first.client("sqs")
    url = sqs.create_queue(QueueName="fired")["QueueUrl"]
    first.client("scheduler").create_schedule(
        Name="once",
        ScheduleExpression="at(2020-01-01T00:00:00)",
        FlexibleTimeWindow={"Mode": "OFF"},
        Target={"Arn": "arn:aws:sqs:us-east-1:000000000000:fired", "RoleArn": ROLE, "Input": "{}"},
    )
    (message,) = eventually(lambda: sqs.receive_message(QueueUrl=url).get("Messages"))
    sqs.delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])
    child.stop()

    second = RunningEmulator(free_port())
    child = emulator_process(ROOT, interpreter, tmp_path, second.port)
    child.start()
    assert second.invoke(name) == ("still here", None)
    time.sleep(1.5)  # a sweep passes; nothing tells that one did
    assert not second.client("sqs").receive_message(QueueUrl=url).get("Messages")
    child.stop()
