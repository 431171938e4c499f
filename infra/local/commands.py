"""What can be asked of a run from another terminal: down, status, logs."""

import os
import signal
from collections import deque
from pathlib import Path

from infra.local.errors import LocalRunError
from infra.local.instance import Instance
from infra.local.lock import StateLock
from infra.local.processes import answers
from infra.local.run_file import read_run

_STOP_SECONDS = 90.0
_FUNCTION_PREFIX = "rolecraft-local-"


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
    """Without a name: which logs there are. They can be read when nothing runs, too."""
    found = log_files(instance.logs)
    wanted = (name or "").replace("_", "-")
    if wanted in found:
        for path in found[wanted]:
            with path.open(errors="replace") as log:
                print("".join(deque(log, lines)), end="")
        return
    if name:
        raise LocalRunError(f"There is no log of {name!r}.", f"没有 {name!r} 的日志。")
    for known, paths in found.items():
        print(f"{known:<18} {', '.join(str(path) for path in paths)}")


def log_files(folder: Path) -> dict[str, list[Path]]:
    """By name of process or function; chat-stream is both."""
    found: dict[str, list[Path]] = {}
    for path in sorted(folder.rglob("*.log")):
        name = path.stem.removeprefix(_FUNCTION_PREFIX).replace("_", "-")
        found.setdefault(name, []).append(path)
    return dict(sorted(found.items()))
