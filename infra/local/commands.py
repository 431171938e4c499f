"""What can be asked of a run from another terminal: down, status, logs."""

import os
import signal
from collections import deque
from datetime import UTC, datetime
from typing import Any

from infra.local.aws import LocalAws
from infra.local.errors import LocalRunError
from infra.local.instance import Instance
from infra.local.lock import StateLock
from infra.local.processes import answers
from infra.local.run_file import RunState, read_run

_STOP_SECONDS = 90.0
_FUNCTION_LOGS = "/aws/lambda/rolecraft-local-"
# The most that one answer of CloudWatch Logs lists.
_STREAMS = 50


def down(instance: Instance) -> None:
    """Returns when every process of the run has ended."""
    running = read_run(instance.run_file)
    if running is None:
        print("RoleCraft does not run here / 当前没有运行")
        return
    os.kill(running.pid, signal.SIGTERM)
    lock = StateLock(instance.lock_file)
    if not lock.acquire(_STOP_SECONDS):
        raise LocalRunError(
            f"The run of process {running.pid} did not stop within {_STOP_SECONDS:.0f} s.",
            f"进程 {running.pid} 未能在 {_STOP_SECONDS:.0f} 秒内停止。",
        )
    lock.release()
    print(f"stopped / 已停止: {running.url}")


def status(instance: Instance) -> None:
    running = read_run(instance.run_file)
    if running is None:
        print("RoleCraft does not run here / 当前没有运行")
        return
    print(f"{running.url}  {'ready' if running.ready else 'starting'}  pid {running.pid}")
    for name, pid in running.pids.items():
        port = running.ports[name]
        state = "answers" if answers(f"http://127.0.0.1:{port}/") else "does not answer"
        print(f"  {name:<12} 127.0.0.1:{port}  pid {pid}  {state}")


def logs(instance: Instance, name: str | None, lines: int) -> None:
    """Without a name: which logs there are."""
    running = _running(instance)
    client = LocalAws(running.ports["emulator"]).client("logs")
    groups = client.describe_log_groups(logGroupNamePrefix=_FUNCTION_LOGS)["logGroups"]
    functions = [group["logGroupName"].removeprefix(_FUNCTION_LOGS) for group in groups]
    if name in running.pids and instance.log(name).is_file():
        with instance.log(name).open(errors="replace") as log:
            print("".join(deque(log, lines)), end="")
    elif (function := (name or "").replace("_", "-")) in functions:
        for event in _last_events(client, f"{_FUNCTION_LOGS}{function}")[-lines:]:
            moment = datetime.fromtimestamp(event["timestamp"] / 1000, UTC)
            print(f"{moment:%H:%M:%S} {event['message'].rstrip()}")
    else:
        print(f"functions: {', '.join(sorted(functions))}")
        print(f"processes: {', '.join(running.pids)}")


def _last_events(client: Any, group: str) -> list[dict[str, Any]]:
    """Those of the last invocations, oldest first: each has a stream of its own."""
    streams = client.describe_log_streams(
        logGroupName=group, orderBy="LastEventTime", descending=True, limit=_STREAMS
    )["logStreams"]
    return [
        event
        for stream in reversed(streams)
        for event in client.get_log_events(
            logGroupName=group, logStreamName=stream["logStreamName"]
        )["events"]
    ]


def _running(instance: Instance) -> RunState:
    running = read_run(instance.run_file)
    if running is None:
        raise LocalRunError("RoleCraft does not run here.", "当前没有运行。")
    return running
