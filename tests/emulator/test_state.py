"""What an emulator that was stopped cleanly knows when it is started again."""

import time
from pathlib import Path

from infra.local.emulator.process import emulator as emulator_process
from tests.emulator.conftest import ROOT
from tests.emulator.support import ROLE, RunningEmulator, function
from tests.support.ports import own_port
from tests.support.waiting import until

DAY_MS = 24 * 3600 * 1000
CODE = "def handler(event, context): return 'still here'"


def test_restart_keeps_state_and_repeats_no_schedule(interpreter: Path, tmp_path: Path) -> None:
    first = RunningEmulator(own_port())
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
    (message,) = until(lambda: sqs.receive_message(QueueUrl=url).get("Messages"))
    sqs.delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])
    child.stop()

    second = RunningEmulator(own_port())
    child = emulator_process(ROOT, interpreter, tmp_path, second.port)
    child.start()
    assert second.invoke(name) == ("still here", None)
    time.sleep(1.5)  # a sweep passes; nothing tells that one did
    assert not second.client("sqs").receive_message(QueueUrl=url).get("Messages")
    child.stop()


def test_restart_drops_logs_older_than_their_retention(interpreter: Path, tmp_path: Path) -> None:
    first = RunningEmulator(own_port())
    child = emulator_process(ROOT, interpreter, tmp_path, first.port)
    child.start()
    logs = first.client("logs")
    for group, days in (("/short", 1), ("/long", 30)):
        logs.create_log_group(logGroupName=group)
        logs.put_retention_policy(logGroupName=group, retentionInDays=days)
        logs.create_log_stream(logGroupName=group, logStreamName="old")
        event = {"timestamp": int(time.time() * 1000) - 2 * DAY_MS, "message": "old"}
        logs.put_log_events(logGroupName=group, logStreamName="old", logEvents=[event])
    child.stop()

    second = RunningEmulator(own_port())
    child = emulator_process(ROOT, interpreter, tmp_path, second.port)
    child.start()
    logs = second.client("logs")
    left = {
        group: [
            s["logStreamName"] for s in logs.describe_log_streams(logGroupName=group)["logStreams"]
        ]
        for group in ("/short", "/long")
    }
    assert left == {"/short": [], "/long": ["old"]}
    child.stop()
