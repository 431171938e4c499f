"""What bounds a child: the kernel's limits, its parent's life, the filter of system calls."""

import ctypes
import os
import resource
import signal
from pathlib import Path

from functions.code_executor.engine.seccomp import machine_filter

_PARENT_DEATH_SIGNAL = 1
_DESCRIPTORS = 64
# Buffers, Intl and generated code are outside of V8's heap: they may take twice as much.
_BESIDE_HEAP = 2


class Confinement:
    """Made once in the zygote; `enter` and `close` are for its copies.

    Args:
        heap_mb: the limit of V8's heap, which bounds the rest of a child's memory as well.
        cpu_s: processor time after which the kernel ends a child that nobody ended.
    """

    def __init__(self, heap_mb: int, cpu_s: int) -> None:
        self._heap_mb = heap_mb
        self._cpu_s = cpu_s
        self._filter = machine_filter()
        self._libc = ctypes.CDLL(None)
        self._zygote = os.getpid()
        self._nothing = os.open(os.devnull, os.O_RDWR)
        self._data_bytes = _data_bytes()
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
        _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
        few = _DESCRIPTORS if most == resource.RLIM_INFINITY else min(_DESCRIPTORS, most)
        resource.setrlimit(resource.RLIMIT_NOFILE, (few, few))

    def grown(self) -> None:
        """The zygote has loaded more: copies start from what it has now."""
        self._data_bytes = _data_bytes()

    def enter(self) -> None:
        """Bounds this copy. It dies with the zygote, and has no standard streams."""
        if os.uname().sysname == "Linux":
            self._libc.prctl(_PARENT_DEATH_SIGNAL, signal.SIGKILL, 0, 0, 0)
        if os.getppid() != self._zygote:
            os._exit(1)
        for descriptor in (0, 1, 2):
            os.dup2(self._nothing, descriptor)
        os.close(self._nothing)
        if self._data_bytes is not None:
            most = self._data_bytes + (1 + _BESIDE_HEAP) * self._heap_mb * 2**20
            resource.setrlimit(resource.RLIMIT_DATA, (most, most))
        resource.setrlimit(resource.RLIMIT_CPU, (self._cpu_s, self._cpu_s))

    def close(self) -> bool:
        """Take the filter, in all threads and for good; False where the kernel gives none."""
        return self._filter is not None and self._filter.install()


def _data_bytes() -> int | None:
    """Private writable memory as RLIMIT_DATA counts it; None without /proc.

    V8 reserves terabytes of addresses, so that RLIMIT_AS is of no use.
    """
    try:
        status = Path("/proc/self/status").read_bytes()
    except OSError:
        return None
    return int(status.partition(b"VmData:")[2].split(None, 1)[0]) * 1024
