"""One execution environment of a Python function: a process, its pipes, its log."""

import json
import os
import queue
import select
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
from contextlib import suppress
from pathlib import Path
from typing import Any

from ministack.core import lambda_runtime
from ministack.services import lambda_svc

from infra.local.emulator.runtime import bootstrap
from infra.local.emulator.runtime.environment import function_environment
from infra.local.emulator.runtime.unpack import unpacked

_CHUNK = 1 << 16
# Lambda gives the init phase ten seconds; a laptop with two busy cores gets more.
_INIT_SECONDS = 60.0
_LAST_LOG_LINES_SECONDS = 1.0

Answer = dict[str, Any]


class ProcessEndedError(Exception):
    """The function's process closed its pipe without an answer."""


class _Process(subprocess.Popen[bytes]):
    """Ends with everything it started: on AWS the whole environment goes at once."""

    def terminate(self) -> None:
        self.kill()

    def kill(self) -> None:
        if self.poll() is None:
            os.killpg(self.pid, signal.SIGKILL)

    def ended(self) -> int:
        """The exit code of a process that is about to end; what it leaves behind ends too."""
        code = self.wait()
        with suppress(ProcessLookupError):  # the group is there as long as a child is
            os.killpg(self.pid, signal.SIGKILL)
        return code


class FunctionWorker:
    """What the emulator's pool handles (`lambda_runtime.Worker`), with our own process."""

    def __init__(self, func_name: str, config: dict[str, Any], code_zip: bytes) -> None:
        self.func_name = func_name
        self.config = config
        self.code_zip = code_zip
        self.in_use = False
        self.last_used = time.time()
        self._proc: _Process | None = None
        self._lock = threading.Lock()
        self._cold = True
        self._scratch: str | None = None
        self._log: queue.SimpleQueue[str | None] = queue.SimpleQueue()

    def invoke(
        self,
        event: Any,
        request_id: str,
        *,
        trace_id: str | None = None,
        invoked_function_arn: str | None = None,
        **_unused: Any,
    ) -> Answer:
        """`{"status": "ok", "result"}` or `{"status": "error", "error", "error_type"}`; `log`."""
        call = {
            "event": event,
            "request_id": request_id,
            "arn": invoked_function_arn or self.config["FunctionArn"],
            "trace_id": trace_id,
        }
        with self._lock:
            cold = self._proc is None or self._proc.poll() is not None
            answer = self._start() if cold else None
            if answer is None:
                answer = self._exchange(call, float(self.config.get("Timeout", 3)))
            answer["log"] = self._collect_log(request_id)
            return {"cold_start": cold, "trace": "", **answer}

    def _spawn(self) -> None:
        """The emulator's name for starting ahead of the first call (published versions)."""
        failure = self._start()
        if failure is not None:
            raise RuntimeError(failure["error"])

    def _start(self) -> Answer | None:
        self._discard_tmpdir()
        self._scratch = tempfile.mkdtemp(prefix=f"{self.func_name}-")
        cache = Path(os.environ["ROLECRAFT_UNPACKED"])
        task_root = unpacked(self.code_zip, cache)
        self._proc = _Process(
            # The name is for whoever looks at the list of processes.
            [sys.executable, "-I", "-S", "-X", "utf8", bootstrap.__file__, self.func_name],
            cwd=task_root,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            bufsize=0,
            start_new_session=True,
            env=self._environment(task_root),
        )
        self._log = queue.SimpleQueue()
        self._follow_log(self._proc.stderr)
        answer = self._exchange(
            {
                "paths": [str(task_root), *self._layer_paths(cache)],
                "handler": self.config["Handler"],
                "timeout": self.config.get("Timeout", 3),
            },
            _INIT_SECONDS,
        )
        return None if answer["status"] == "ready" else answer

    def _follow_log(self, stream: Any) -> None:
        """Into the invocation's log, and at once into the function's file for a developer."""
        log = self._log
        path = Path(os.environ["ROLECRAFT_FUNCTION_LOGS"]) / f"{self.func_name}.log"
        path.parent.mkdir(parents=True, exist_ok=True)

        def read() -> None:
            with path.open("a", buffering=1) as file:
                for line in stream:
                    text = line.decode(errors="replace").rstrip("\n")
                    log.put(text)
                    if not text.startswith(bootstrap.LOG_END):
                        file.write(f"{text}\n")
            log.put(None)

        threading.Thread(target=read, daemon=True).start()

    def _environment(self, task_root: Path) -> dict[str, str]:
        credentials = lambda_runtime.execution_credentials(self.config)
        scratch = Path(self._scratch or "")
        return function_environment(self.config, credentials, task_root, scratch)

    def _layer_paths(self, cache: Path) -> list[str]:
        """A later layer goes before an earlier one, as it overwrites it in /opt."""
        version = f"python{sys.version_info.major}.{sys.version_info.minor}"
        paths: list[str] = []
        for layer in reversed(self.config.get("Layers", [])):
            archive = lambda_svc._resolve_layer_zip(layer)
            if archive:
                root = unpacked(archive, cache) / "python"
                paths += [str(root / "lib" / version / "site-packages"), str(root)]
        return paths

    def _exchange(self, message: dict[str, Any], seconds: float) -> Answer:
        process = self._proc
        assert process is not None  # noqa: S101
        assert process.stdin is not None  # noqa: S101
        try:
            _write_all(process.stdin.fileno(), json.dumps(message).encode() + b"\n")
            answer: Answer = json.loads(_read_line(process, time.monotonic() + seconds))
        except TimeoutError:
            text = f"Task timed out after {seconds:.2f} seconds"
            answer = {"status": "error", "error": text, "error_type": "Sandbox.Timedout"}
        except (ProcessEndedError, BrokenPipeError):
            text = f"Runtime exited with exit code {process.ended()}"
            answer = {"status": "error", "error": text, "error_type": "Runtime.ExitError"}
        else:
            return answer
        process.kill()
        process.wait()
        return answer

    def _collect_log(self, request_id: str) -> str:
        """All lines up to the mark the process sets after this invocation."""
        lines: list[str] = []
        deadline = time.monotonic() + _LAST_LOG_LINES_SECONDS
        while (left := deadline - time.monotonic()) > 0:
            try:
                line = self._log.get(timeout=left)
            except queue.Empty:
                break
            if line is None or line == bootstrap.LOG_END + request_id:
                break
            lines.append(line)
        return "\n".join(lines)

    def _discard_tmpdir(self) -> None:
        if self._scratch is not None:
            shutil.rmtree(self._scratch, ignore_errors=True)


def _write_all(descriptor: int, data: bytes) -> None:
    view = memoryview(data)
    while view:
        view = view[os.write(descriptor, view) :]


def _read_line(process: _Process, deadline: float) -> bytes:
    assert process.stdout is not None  # noqa: S101
    descriptor = process.stdout.fileno()
    chunks: list[bytes] = []
    while not chunks or not chunks[-1].endswith(b"\n"):
        readable, _, _ = select.select([descriptor], [], [], max(0.0, deadline - time.monotonic()))
        if not readable:
            raise TimeoutError
        chunk = os.read(descriptor, _CHUNK)
        if not chunk:
            raise ProcessEndedError
        chunks.append(chunk)
    return b"".join(chunks)
