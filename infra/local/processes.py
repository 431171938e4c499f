"""Child processes of the supervisor: start, wait until ready, stop, never leave one behind."""

import os
import signal
import subprocess
import time
import urllib.error
import urllib.request
from dataclasses import dataclass, field
from pathlib import Path

_POLL_SECONDS = 0.05
_PROBE_SECONDS = 5.0


class ChildFailedError(Exception):
    """A child ended or did not get ready; the message names its log."""


@dataclass
class Child:
    """`command` is what follows the interpreter; `ready_url` answers once it serves."""

    name: str
    interpreter: Path
    command: list[str]
    environment: dict[str, str]
    directory: Path
    log: Path
    ready_url: str
    ready_seconds: float = 60.0
    stop_seconds: float = 15.0
    # Descriptors it keeps open beside the standard three: the state's lock.
    inherited: tuple[int, ...] = ()
    _process: subprocess.Popen[bytes] | None = field(default=None, repr=False)

    @property
    def pid(self) -> int | None:
        return self._process.pid if self._process else None

    def start(self) -> None:
        """Starts it and returns once it is ready. Raises ChildFailedError."""
        self.launch()
        self.wait_until_ready()

    def launch(self) -> None:
        self.log.parent.mkdir(parents=True, exist_ok=True)
        with self.log.open("ab") as log:
            self._process = subprocess.Popen(
                [str(self.interpreter), "-m", "infra.local.child", *self.command],
                cwd=self.directory,
                env=self.environment,
                stdin=subprocess.PIPE,  # its lifeline, see infra/local/child.py
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
                pass_fds=self.inherited,
            )

    def wait_until_ready(self) -> None:
        """Raises ChildFailedError when it ends or does not answer in time."""
        deadline = time.monotonic() + self.ready_seconds
        while not answers(self.ready_url):
            if self.ended() is not None:
                raise ChildFailedError(f"{self.name} ended at start: see {self.log}")
            if time.monotonic() > deadline:
                self.stop()
                raise ChildFailedError(f"{self.name} did not answer in time: see {self.log}")
            time.sleep(_POLL_SECONDS)

    def ended(self) -> int | None:
        """Its exit code, None while it runs."""
        return self._process.poll() if self._process else None

    def stop(self) -> None:
        """SIGTERM, and SIGKILL to its whole group when it does not go in `stop_seconds`."""
        process = self._process
        if process is None:
            return
        if process.poll() is None:
            process.terminate()
        try:
            process.wait(self.stop_seconds)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()
        if process.stdin:
            process.stdin.close()
        self._process = None


def answers(url: str) -> bool:
    """Whether something speaks HTTP there, whatever its status."""
    try:
        with _direct.open(url, timeout=_PROBE_SECONDS):
            return True
    except urllib.error.HTTPError:
        return True
    except OSError:
        return False


# A proxy of the developer's environment must not see calls to this machine.
_direct = urllib.request.build_opener(urllib.request.ProxyHandler({}))
