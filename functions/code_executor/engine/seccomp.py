"""A filter of system calls: what V8 and the loop around it need, and nothing else.

Everything else fails with EPERM. Whoever breaks out of V8 has a socket to the broker, memory and
a clock: no file, no network, no process, no signal. Source: seccomp(2), Linux' audit.h.
"""

import ctypes
import platform
import struct
from dataclasses import dataclass

_NO_NEW_PRIVS = 38
_SET_MODE_FILTER = 1
_ALL_THREADS = 1
_ALLOW = 0x7FFF_0000
_KILL = 0x8000_0000
_EPERM = 0x0005_0001
# Classic BPF: load a word, jump if equal, jump if greater or equal, return.
_LOAD, _EQUAL, _AT_LEAST, _RETURN = 0x20, 0x15, 0x35, 0x06
_NUMBER_AT, _ARCHITECTURE_AT = 0, 4
# Numbers from here on are the x32 interface of x86_64, a second way to the same calls.
_X32 = 0x4000_0000


@dataclass(frozen=True)
class Table:
    """An architecture: its audit number, the number of seccomp(2), the calls that are allowed."""

    audit: int
    seccomp: int
    allowed: tuple[int, ...]


# By name, for x86_64 and for arm64, which has ppoll only.
_CALLS = {
    "read": (0, 63), "write": (1, 64), "close": (3, 57), "recvfrom": (45, 207),
    "sendto": (44, 206), "poll": (7, None), "ppoll": (271, 73), "mmap": (9, 222),
    "mprotect": (10, 226), "munmap": (11, 215), "mremap": (25, 216), "madvise": (28, 233),
    "brk": (12, 214), "futex": (202, 98), "rt_sigprocmask": (14, 135), "rt_sigreturn": (15, 139),
    "sigaltstack": (131, 132), "sched_yield": (24, 124), "sched_getaffinity": (204, 123),
    "clock_gettime": (228, 113), "clock_getres": (229, 114), "clock_nanosleep": (230, 115),
    "nanosleep": (35, 101), "gettimeofday": (96, 169), "getrandom": (318, 278),
    "gettid": (186, 178), "getpid": (39, 172), "getcpu": (309, 168), "getrusage": (98, 165),
    "membarrier": (324, 283), "pkey_mprotect": (329, 288), "pkey_alloc": (330, 289),
    "pkey_free": (331, 290), "rseq": (334, 293), "set_robust_list": (273, 99),
    "restart_syscall": (219, 128), "exit": (60, 93), "exit_group": (231, 94),
}  # fmt: skip


def _allowed(column: int) -> tuple[int, ...]:
    return tuple(number for row in _CALLS.values() if (number := row[column]) is not None)


_TABLES = {
    "x86_64": Table(0xC000_003E, 317, _allowed(0)),
    "aarch64": Table(0xC000_00B7, 277, _allowed(1)),
}


class _Program(ctypes.Structure):
    _fields_ = (("length", ctypes.c_ushort), ("filter", ctypes.c_char_p))


class Filter:
    """The filter of this machine, built once; every copy of the process can take it."""

    def __init__(self, table: Table) -> None:
        self._table = table
        code = _assemble(table)
        self._code = ctypes.create_string_buffer(code, len(code))
        address = ctypes.cast(self._code, ctypes.c_char_p)
        self._program = _Program(len(code) // 8, address)
        self._libc = ctypes.CDLL(None, use_errno=True)

    def install(self) -> bool:
        """Take the filter in all threads of this process, for good; False where refused."""
        if self._libc.prctl(_NO_NEW_PRIVS, 1, 0, 0, 0) != 0:
            return False
        taken: int = self._libc.syscall(
            self._table.seccomp, _SET_MODE_FILTER, _ALL_THREADS, ctypes.byref(self._program)
        )
        return taken == 0


def machine_filter() -> Filter | None:
    """The filter for this machine; None where it is not Linux on x86_64 or arm64."""
    table = _TABLES.get(platform.machine()) if platform.system() == "Linux" else None
    return None if table is None else Filter(table)


def _assemble(table: Table) -> bytes:
    """Wrong architecture: killed. Allowed number: allowed. Anything else: EPERM."""
    calls = sorted(table.allowed)
    program = [
        (_LOAD, 0, 0, _ARCHITECTURE_AT),
        (_EQUAL, 1, 0, table.audit),
        (_RETURN, 0, 0, _KILL),
        (_LOAD, 0, 0, _NUMBER_AT),
        (_AT_LEAST, len(calls), 0, _X32),
    ]
    # The allowing return stands after the refusing one, so many instructions further on.
    program += [(_EQUAL, len(calls) - i, 0, call) for i, call in enumerate(calls)]
    program += [(_RETURN, 0, 0, _EPERM), (_RETURN, 0, 0, _ALLOW)]
    return b"".join(struct.pack("=HBBI", *instruction) for instruction in program)
