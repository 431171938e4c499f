"""Abuse 34: what a child could do natively, if its code broke out of V8: nothing."""

import errno
import json
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]
# Tried one after the other in a process that has taken the filter; each gives its errno.
SCRIPT = """
import ctypes, errno, json, os, sys
from functions.code_executor.engine.seccomp import machine_filter

libc = ctypes.CDLL(None, use_errno=True)
parent = os.getppid()
page = ctypes.create_string_buffer(64)
machine = machine_filter()
assert machine is not None

def tried(name, *arguments):
    ctypes.set_errno(0)
    result = getattr(libc, name)(*arguments)
    return "done" if result >= 0 else errno.errorcode[ctypes.get_errno()]

class Vector(ctypes.Structure):
    _fields_ = [("base", ctypes.c_void_p), ("length", ctypes.c_size_t)]

own = Vector(ctypes.addressof(page), 64)
sys.stdout.write("installing\\n")
sys.stdout.flush()
assert machine.install()
found = {
    "open": tried("open", b"/etc/passwd", 0),
    "open for writing": tried("open", b"/tmp/x", 65, 0o600),
    "environ of the parent": tried("open", b"/proc/%d/environ" % parent, 0),
    "memory of the parent": tried("open", b"/proc/%d/mem" % parent, 2),
    "socket": tried("socket", 2, 1, 0),
    "unix socket": tried("socket", 1, 1, 0),
    "connect": tried("connect", 0, page, 16),
    "fork": tried("fork"),
    "vfork": tried("syscall", 435, page, 64),
    "execve": tried("execve", b"/bin/sh", None, None),
    "kill parent": tried("kill", parent, 0),
    "kill all": tried("kill", -1, 0),
    "tgkill": tried("tgkill", parent, parent, 0) if hasattr(libc, "tgkill") else "EPERM",
    "ptrace": tried("ptrace", 16, parent, 0, 0),
    "process_vm_readv": tried("process_vm_readv", parent, ctypes.byref(own), 1,
                              ctypes.byref(own), 1, 0),
    "process_vm_writev": tried("process_vm_writev", parent, ctypes.byref(own), 1,
                               ctypes.byref(own), 1, 0),
    "pidfd_open": tried("syscall", 434, parent, 0),
    "prctl": tried("prctl", 4, 1, 0, 0, 0),
    "setrlimit of the parent": tried("prlimit", parent, 7, ctypes.byref(own), None),
    "mount": tried("mount", b"x", b"/tmp", b"tmpfs", 0, None),
    "unshare": tried("unshare", 0x10000000),
    "bpf": tried("syscall", 321 if sys.maxsize else 0, 0, page, 64),
    "io_uring": tried("syscall", 425, 1, page),
    "memfd": tried("memfd_create", b"x", 0),
    "pipe": tried("pipe", page),
    "dup": tried("dup", 0),
    "fcntl": tried("fcntl", 0, 1),
    "ioctl": tried("ioctl", 0, 0x5401, page),
    "chdir": tried("chdir", b"/"),
    "unlink": tried("unlink", b"/tmp/none"),
    "recvmsg": tried("recvmsg", 0, page, 0),
    "a second filter": "done" if machine.install() else "EPERM",
    "getpid": tried("getpid"),
    "write": tried("write", 1, b"", 0),
}
sys.stdout.write(json.dumps(found) + "\\n")
sys.stdout.flush()
"""


@pytest.fixture(scope="module")
def found() -> dict[str, str]:
    done = subprocess.run(
        [sys.executable, "-c", SCRIPT], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    answers: dict[str, str] = json.loads(done.stdout.splitlines()[-1])
    return answers


def test_34_all_but_reading_writing_memory_and_clocks_is_refused(found: dict[str, str]):
    allowed = {name for name, answer in found.items() if answer == "done"}

    assert allowed == {"getpid", "write"}
    assert set(found.values()) == {"done", "EPERM"}


def test_34_the_other_interface_to_the_same_calls_is_refused():
    """x86_64 has a second set of numbers; elsewhere there is no such number at all."""
    script = (
        "import ctypes, sys\n"
        "from functions.code_executor.engine.seccomp import machine_filter\n"
        "libc = ctypes.CDLL(None, use_errno=True)\n"
        "assert machine_filter().install()\n"
        "assert libc.syscall(0x40000000 + 39) == -1\n"
        "sys.stdout.write(str(ctypes.get_errno()))"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, check=True
    )

    assert int(done.stdout) in (errno.EPERM, errno.ENOSYS)
