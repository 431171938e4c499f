"""Children of the zygote: ordered ahead, taken once, ended and reaped always."""

import select
import signal
import socket
import subprocess
import sys
import threading
import time
from collections import deque
from dataclasses import dataclass, field

from functions.code_executor.engine import control
from functions.code_executor.settings import EngineSettings, zygote_environment

# No site, no user's packages: it imports what it needs from where this process has it.
_SCRIPT = (
    "import sys; sys.path[:] = sys.argv[1].split(chr(0xA)); "
    "from functions.code_executor.engine.zygote import main; main()"
)
_BOOT_S = 30.0
_ANSWER_S = 10.0


class NoChild(Exception):
    """The zygote gives no child, even started anew: this machine cannot run the engine."""


class _ZygoteLost(Exception):
    """It has ended, or does not answer."""


@dataclass(slots=True)
class Child:
    """A copy of the zygote, made for one execution."""

    process: int
    end: socket.socket
    generation: int
    # It has all modules loaded; one made right after the start loads what it uses.
    loaded: bool


@dataclass(slots=True)
class _Reports:
    """What the zygote has told and nobody has asked for yet."""

    ordered: int = 0
    ready: deque[Child] = field(default_factory=deque)
    buried: dict[int, int] = field(default_factory=dict)
    loaded: bool = False


class Nursery:
    """Thread-safe. One zygote at a time; one that dies is replaced by the next call."""

    def __init__(self, settings: EngineSettings) -> None:
        self._settings = settings
        self._lock = threading.Lock()
        self._process: subprocess.Popen[bytes] | None = None
        self._control: socket.socket
        self._reports = _Reports()
        self._awaited: set[int] = set()
        self.generation = 0

    @property
    def ready(self) -> int:
        """Children that wait for work."""
        return len(self._reports.ready)

    @property
    def is_warm(self) -> bool:
        """Whether children are waiting, and all of them have all modules loaded."""
        return bool(self._reports.ready) and all(child.loaded for child in self._reports.ready)

    def take(self) -> Child:
        """A child for one execution; whoever takes it gives it to `bury`.

        Raises:
            NoChild: there is none to be had.
        """
        with self._lock:
            for _ in range(2):
                try:
                    self._ensure_zygote()
                    self._drain()
                    return self._next()
                except _ZygoteLost:
                    self._drop_zygote()
        raise NoChild

    def _next(self) -> Child:
        reports = self._reports
        if not reports.ready and not reports.ordered:
            self._order(1)
        limit = time.monotonic() + (_ANSWER_S if reports.loaded else _BOOT_S)
        while not reports.ready:
            self._receive(limit)
        return reports.ready.popleft()

    def replenish(self) -> None:
        """Order what is missing in the pool; it does not wait for it."""
        with self._lock:
            try:
                self._ensure_zygote()
                self._drain()
                missing = self._settings.pool_size - self.ready - self._reports.ordered
                self._order(max(0, missing))
            except _ZygoteLost:
                self._drop_zygote()

    def bury(self, child: Child) -> None:
        """End a child; it does not wait for its end."""
        child.end.close()
        with self._lock:
            self._command_burial(child)

    def autopsy(self, child: Child) -> int | None:
        """The wait status of a child that ended by itself; None where its zygote has, too."""
        with self._lock:
            self._awaited.add(child.process)
            try:
                if not self._command_burial(child):
                    return None
                limit = time.monotonic() + _ANSWER_S
                while child.process not in self._reports.buried:
                    self._receive(limit)
                return self._reports.buried.pop(child.process)
            except _ZygoteLost:
                self._drop_zygote()
                return None
            finally:
                self._awaited.discard(child.process)

    def _command_burial(self, child: Child) -> bool:
        # The kernel has ended the children of a zygote that is gone.
        if child.generation != self.generation or self._process is None:
            return False
        try:
            self._control.sendall(control.COMMAND.pack(control.KILL, child.process))
        except OSError:
            self._drop_zygote()
            return False
        return True

    def close(self) -> None:
        """End everything."""
        with self._lock:
            self._drop_zygote()

    def _order(self, count: int) -> None:
        try:
            self._control.sendall(control.COMMAND.pack(control.FORK, 0) * count)
        except OSError as error:
            raise _ZygoteLost from error
        self._reports.ordered += count

    def _drain(self) -> None:
        """Take the reports that are there; replace children from before all was loaded."""
        poll = select.poll()
        poll.register(self._control, select.POLLIN)
        known = self._reports.loaded
        while poll.poll(0):
            self._receive(time.monotonic() + _ANSWER_S)
        if self._reports.loaded and not known:
            for child in [child for child in self._reports.ready if not child.loaded]:
                self._reports.ready.remove(child)
                child.end.close()
                self._command_burial(child)
                self._order(1)

    def _receive(self, limit: float) -> None:
        """Take one report."""
        self._control.settimeout(max(0.001, limit - time.monotonic()))
        size = control.REPORT.size
        try:
            report, descriptors, _, _ = socket.recv_fds(self._control, size, 1, socket.MSG_WAITALL)
        except OSError as error:
            raise _ZygoteLost from error
        if len(report) < size:
            raise _ZygoteLost
        letter, process, status = control.REPORT.unpack(report)
        if letter == control.BORN:
            end = socket.socket(fileno=descriptors[0])
            self._reports.ordered -= 1
            self._reports.ready.append(Child(process, end, self.generation, bool(status)))
        elif letter == control.LOADED:
            self._reports.loaded = True
        elif process in self._awaited:
            self._reports.buried[process] = status

    def _ensure_zygote(self) -> None:
        if self._process is None:
            self._start()

    def _start(self) -> None:
        near, far = socket.socketpair()
        numbers = (far.fileno(), *self._settings.limits)
        command = [sys.executable, "-I", "-S", "-W", "ignore", "-X", "utf8", "-c", _SCRIPT]
        self._process = subprocess.Popen(  # noqa: S603 - this interpreter, our own module
            [*command, "\n".join(filter(None, sys.path)), *map(str, numbers)],
            env=zygote_environment(),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            pass_fds=(far.fileno(),),
        )
        far.close()
        self._control = near
        self.generation += 1
        self._order(self._settings.pool_size)

    def _drop_zygote(self) -> None:
        if self._process is None:
            return
        for child in self._reports.ready:
            child.end.close()
        self._reports = _Reports()
        self._control.close()
        self._process.send_signal(signal.SIGKILL)
        self._process.wait()
        self._process = None
