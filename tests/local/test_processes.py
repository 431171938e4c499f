"""Child processes: ready before use, ended on request, and with whoever started them."""

import signal
import subprocess
import sys
from pathlib import Path

import pytest

from infra.local.instance import ROOT
from infra.local.ports import choose_ports, is_free
from infra.local.processes import Child, ChildFailedError, answers
from tests.support.ports import own_port
from tests.support.waiting import until

STARTER = """
import sys, time
from pathlib import Path
from tests.local.test_processes import web_server
web_server(int(sys.argv[1]), Path(sys.argv[2])).start()
print("started", flush=True)
time.sleep(600)
"""


def web_server(port: int, folder: Path) -> Child:
    return Child(
        name="web",
        interpreter=Path(sys.executable),
        command=["http.server", "--bind", "127.0.0.1", str(port)],
        environment={},
        directory=ROOT,
        log=folder / "logs" / "web.log",
        ready_url=f"http://127.0.0.1:{port}/",
    )


def test_child_serves_once_started_and_is_gone_once_stopped(tmp_path: Path) -> None:
    port = own_port()
    child = web_server(port, tmp_path)
    child.start()
    assert answers(f"http://127.0.0.1:{port}/not-there")
    child.stop()
    assert child.pid is None
    assert not answers(f"http://127.0.0.1:{port}/")


def test_child_that_ends_at_start_names_its_log(tmp_path: Path) -> None:
    child = web_server(1, tmp_path)
    child.command = ["module_that_does_not_exist"]
    with pytest.raises(ChildFailedError, match=r"web ended at start: see .*web\.log"):
        child.start()
    child.stop()
    assert "module_that_does_not_exist" in child.log.read_text()


def test_child_that_never_answers_is_stopped(tmp_path: Path) -> None:
    child = web_server(own_port(), tmp_path)
    child.ready_url = f"http://127.0.0.1:{own_port()}/"
    child.ready_seconds = 1.0
    with pytest.raises(ChildFailedError, match="did not answer in time"):
        child.start()
    assert child.pid is None


def test_child_ends_with_a_parent_that_was_killed(tmp_path: Path) -> None:
    port = own_port()
    command = [sys.executable, "-c", STARTER, str(port), str(tmp_path)]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE) as parent:
        assert parent.stdout is not None
        assert parent.stdout.readline() == b"started\n"
        assert not is_free(port)
        parent.send_signal(signal.SIGKILL)
    until(lambda: is_free(port))


def test_ports_follow_the_gateways_and_are_remembered(tmp_path: Path) -> None:
    remembered = tmp_path / "ports.json"
    gateway = own_port()
    first = choose_ports(gateway, remembered)
    assert choose_ports(gateway, remembered) == first
    assert len({*vars(first).values()}) == len(vars(first))  # each has one of its own
