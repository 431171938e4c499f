"""Unpacked archives, a function's environment, the lock, and the run file."""

import io
import os
import stat
import subprocess
import sys
import time
import zipfile
from pathlib import Path

import pytest

from infra.local.commands import log_files
from infra.local.emulator.runtime.environment import function_environment
from infra.local.emulator.runtime.unpack import tidy, unpacked
from infra.local.lock import StateLock
from infra.local.logfiles import rotate
from infra.local.run_file import RunState, read_run

CONFIG = {
    "FunctionName": "f",
    "FunctionArn": "arn:aws:lambda:eu-central-1:000000000000:function:f",
    "Handler": "index.handler",
    "Environment": {"Variables": {"NAME": "值", "AWS_REGION": "mars-1", "TMPDIR": "/x"}},
}


def archive(**files: str) -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as opened:
        for name, text in files.items():
            entry = zipfile.ZipInfo(name)
            entry.external_attr = (stat.S_IFREG | 0o755) << 16
            opened.writestr(entry, text)
    return packed.getvalue()


def test_same_content_is_unpacked_once_and_stays_executable(tmp_path: Path) -> None:
    first = unpacked(archive(run="#!/bin/sh"), tmp_path)
    assert unpacked(archive(run="#!/bin/sh"), tmp_path) == first
    assert unpacked(archive(run="other"), tmp_path) != first
    assert os.access(first / "run", os.X_OK)


def test_tidy_removes_the_unfinished_and_the_unused(tmp_path: Path) -> None:
    used = unpacked(archive(a="1"), tmp_path)
    unused = unpacked(archive(a="2"), tmp_path)
    old = time.time() - 8 * 24 * 3600
    os.utime(unused, (old, old))
    (tmp_path / "partial-1").mkdir()
    tidy(tmp_path)
    assert [*tmp_path.iterdir()] == [used]


def test_function_sees_its_variables_but_cannot_set_lambdas_own(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("GATEWAY_PORT", "4566")
    monkeypatch.setenv("DEVELOPERS_TOKEN", "secret")
    monkeypatch.setenv("NO_PROXY", "intranet")
    environment = function_environment(CONFIG, {"AWS_ACCESS_KEY_ID": "x"}, Path("/code"), tmp_path)
    assert environment["NAME"] == "值"
    assert environment["AWS_REGION"] == "eu-central-1"
    assert environment["TMPDIR"] == str(tmp_path)
    assert environment["NO_PROXY"] == "intranet,127.0.0.1,localhost"
    assert "DEVELOPERS_TOKEN" not in environment


def test_lock_is_held_by_one_and_free_after_release(tmp_path: Path) -> None:
    first, second = (StateLock(tmp_path / "state" / "lock") for _ in range(2))
    assert first.acquire()
    assert not second.acquire()
    first.release()
    assert second.acquire()
    second.release()


def test_lock_stays_held_by_a_child_that_inherited_it(tmp_path: Path) -> None:
    first, second = (StateLock(tmp_path / "lock") for _ in range(2))
    assert first.acquire()
    command = [sys.executable, "-c", "input()"]
    with subprocess.Popen(command, stdin=subprocess.PIPE, pass_fds=[first.descriptor]) as child:
        first.release()
        assert not second.acquire()
        assert child.stdin is not None
        child.stdin.close()
        child.wait()
        assert second.acquire()
    second.release()


def test_run_of_a_process_that_is_gone_is_no_run(tmp_path: Path) -> None:
    path = tmp_path / "run.json"
    assert read_run(path) is None
    state = RunState(os.getpid(), "http://localhost:8080", {"gateway": 8080}, {"gateway": 1})
    state.write(path)
    assert read_run(path) == state
    with subprocess.Popen([sys.executable, "-c", ""]) as gone:
        gone.wait()
    RunState(gone.pid, "http://localhost:8080", {}).write(path)
    assert read_run(path) is None


def test_logs_are_found_by_function_and_process(tmp_path: Path) -> None:
    functions = tmp_path / "functions"
    functions.mkdir()
    process, function = tmp_path / "chat_stream.log", functions / "rolecraft-local-chat-stream.log"
    for path in (process, function, functions / "rolecraft-local-roles.log"):
        path.write_text("line")
    found = log_files(tmp_path)
    assert [*found] == ["chat-stream", "roles"]
    assert {*found["chat-stream"]} == {process, function}


def test_large_log_is_set_aside(tmp_path: Path) -> None:
    small, large = tmp_path / "small.log", tmp_path / "functions" / "large.log"
    large.parent.mkdir()
    small.write_text("line")
    large.write_bytes(bytes(5_000_001))
    rotate(tmp_path)
    assert small.exists()
    assert not large.exists()
    assert (large.parent / "large.log.old").stat().st_size == 5_000_001
