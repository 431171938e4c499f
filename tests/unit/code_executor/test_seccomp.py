"""The filter of system calls, run through a small machine for its instructions."""

import struct

import pytest

from functions.code_executor.engine import seccomp

ALLOW, REFUSE, KILL = 0x7FFF_0000, 0x0005_0001, 0x8000_0000
MACHINES = {
    "x86_64": (0xC000_003E, {"read": 0, "write": 1, "futex": 202, "exit_group": 231},
               {"open": 2, "openat": 257, "socket": 41, "clone": 56, "fork": 57, "execve": 59,
                "kill": 62, "ptrace": 101, "process_vm_readv": 310, "recvmsg": 47, "prctl": 157}),
    "aarch64": (0xC000_00B7, {"read": 63, "write": 64, "futex": 98, "exit_group": 94},
                {"openat": 56, "socket": 198, "clone": 220, "execve": 221, "kill": 129,
                 "ptrace": 117, "process_vm_readv": 270, "recvmsg": 212, "prctl": 167}),
}  # fmt: skip


def run(program: bytes, architecture: int, number: int) -> int:
    """What classic BPF returns for this call."""
    data = {0: number, 4: architecture}
    steps = list(struct.iter_unpack("=HBBI", program))
    value = position = 0
    while True:
        code, if_true, if_false, operand = steps[position]
        position += 1
        if code == 0x06:
            return operand
        if code == 0x20:
            value = data[operand]
        else:
            holds = value == operand if code == 0x15 else value >= operand
            position += if_true if holds else if_false


@pytest.mark.parametrize("machine", MACHINES)
def test_calls_that_v8_needs_pass_and_others_do_not(machine: str):
    architecture, allowed, refused = MACHINES[machine]
    program = seccomp._assemble(seccomp._TABLES[machine])

    assert {run(program, architecture, number) for number in allowed.values()} == {ALLOW}
    assert {run(program, architecture, number) for number in refused.values()} == {REFUSE}


@pytest.mark.parametrize("machine", MACHINES)
def test_every_number_is_allowed_by_name_or_refused(machine: str):
    architecture, _, _ = MACHINES[machine]
    table = seccomp._TABLES[machine]
    program = seccomp._assemble(table)

    passing = {number for number in range(600) if run(program, architecture, number) == ALLOW}

    assert passing == set(table.allowed)
    assert len(table.allowed) == len(set(table.allowed))


@pytest.mark.parametrize("machine", MACHINES)
def test_another_architecture_is_killed_and_x32_is_refused(machine: str):
    architecture, allowed, _ = MACHINES[machine]
    program = seccomp._assemble(seccomp._TABLES[machine])

    assert run(program, 0x4000_0003, allowed["read"]) == KILL
    assert run(program, architecture, 0x4000_0000 + allowed["read"]) == REFUSE


def test_a_machine_that_is_not_known_has_no_filter(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("platform.machine", lambda: "riscv64")
    assert seccomp.machine_filter() is None

    monkeypatch.setattr("platform.machine", lambda: "x86_64")
    monkeypatch.setattr("platform.system", lambda: "Darwin")
    assert seccomp.machine_filter() is None
