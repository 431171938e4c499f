"""Abuse 34–35 and beyond: processes that die, and what two thousand executions leave behind."""

import os
import signal
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import pytest

from functions.code_executor import nursery
from functions.code_executor.executor import Executor
from functions.code_executor.settings import EngineSettings, zygote_environment
from shared.code.models import CodeOutcome, CodeRequest
from tests.support.at_once import at_once
from tests.support.code import (
    Engine,
    children_of,
    open_descriptors,
    private_bytes,
    resident_bytes,
)
from tests.support.waiting import until


@pytest.fixture
def own_engine() -> Iterator[Engine]:
    """One that may be hurt."""
    made = Engine()
    made.assert_at_rest()
    yield made
    made.executor.close()


def test_a_killed_child_of_the_pool_costs_no_execution(own_engine: Engine):
    for child in own_engine.children():
        os.kill(child, signal.SIGKILL)

    own_engine.assert_at_rest()


def test_a_child_killed_at_work_costs_its_execution_only(own_engine: Engine):
    with ThreadPoolExecutor(1) as pool:
        idle = set(own_engine.children())
        running = pool.submit(own_engine.run, "while(true){}")
        until(lambda: own_engine.executor.status().running == 1)
        busy = _at_work(own_engine, idle)
        os.kill(busy, signal.SIGKILL)
        error = running.result().error

    assert error is not None
    assert error.type == "MemoryError"  # what the kernel kills for, unless somebody else does
    assert own_engine.executor.status().deaths == 1
    own_engine.assert_at_rest()


def _at_work(engine: Engine, among: set[int]) -> int:
    def busiest() -> tuple[int, int]:
        ticks = []
        for child in among & set(engine.children()):
            stat = Path(f"/proc/{child}/stat").read_text()
            ticks.append((int(stat.rpartition(")")[2].split()[11]), child))
        return max(ticks)

    until(lambda: busiest()[0] > 10)
    return busiest()[1]


def test_a_killed_zygote_costs_no_execution(own_engine: Engine):
    os.kill(own_engine.zygote, signal.SIGKILL)

    own_engine.assert_at_rest()
    assert own_engine.executor.status().zygotes == 2


def test_a_zygote_killed_during_an_execution_repeats_what_had_no_effect(own_engine: Engine):
    zygote = own_engine.zygote
    code = "await new Promise(r => setTimeout(r, 1500)); return input.n"
    with ThreadPoolExecutor(1) as pool:
        running = pool.submit(own_engine.result, code, {"n": 7})
        until(lambda: own_engine.executor.status().running == 1)
        os.kill(zygote, signal.SIGKILL)

        assert running.result() == 7
    until(lambda: children_of(zygote) == [])
    own_engine.assert_at_rest()


def test_a_stopped_zygote_is_replaced(own_engine: Engine, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("functions.code_executor.nursery._ANSWER_S", 0.5)
    os.kill(own_engine.zygote, signal.SIGSTOP)
    for child in own_engine.children():
        os.kill(child, signal.SIGKILL)

    own_engine.assert_at_rest()
    assert own_engine.executor.status().zygotes == 2


def test_children_die_with_their_zygote(own_engine: Engine):
    zygote, children = own_engine.zygote, own_engine.children()
    assert children

    os.kill(zygote, signal.SIGKILL)

    until(lambda: not any(resident_bytes(child) for child in children))


def test_closing_ends_everything():
    threads, descriptors = threading.active_count(), open_descriptors()
    engine = Engine()
    engine.result("return 1")
    zygote, children = engine.zygote, engine.children()

    engine.executor.close()

    until(lambda: not any(resident_bytes(child) for child in (zygote, *children)))
    assert (threading.active_count(), open_descriptors()) == (threads, descriptors)


def test_without_an_engine_executions_fail_and_say_so(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("functions.code_executor.nursery._SCRIPT", "raise SystemExit(3)")
    engine = Engine()

    assert engine.error("return 1").type == "EngineError"
    engine.executor.close()


def test_a_new_process_has_none_of_our_variables(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "secret")
    engine = Engine()
    engine.result("return 1")
    variables = Path(f"/proc/{engine.zygote}/environ").read_bytes().split(b"\0")
    names = {variable.partition(b"=")[0] for variable in variables if variable}
    engine.executor.close()

    assert names <= {b"TZ", b"LANG", b"LD_LIBRARY_PATH"}
    assert "AWS_SECRET_ACCESS_KEY" not in zygote_environment()


def test_a_child_holds_its_socket_and_nothing_else(own_engine: Engine):
    for child in own_engine.children():
        links = [str(path.readlink()) for path in Path(f"/proc/{child}/fd").iterdir()]
        sockets = [link for link in links if link.startswith("socket:")]
        others = {link for link in links if not link.startswith("socket:")}
        assert len(sockets) == 1, links
        assert others <= {"/dev/null", "/dev/urandom"}, links


def test_more_callers_than_may_wait_are_told_so():
    settings = replace(EngineSettings(), max_concurrent=2, max_queued=2)
    engine = Engine(settings)
    engine.result("return 1")
    code = "await new Promise(r => setTimeout(r, 800)); return 1"

    def call() -> CodeOutcome:
        return engine.run(code)

    calls: list[Callable[[], CodeOutcome]] = [call] * 8
    outcomes = at_once(calls)

    refused = [outcome.error.type for outcome in outcomes if outcome.error]
    assert refused == ["ConcurrencyError"] * 4
    assert sum(outcome.ok for outcome in outcomes) == 4
    engine.assert_at_rest()
    engine.executor.close()


def test_who_waits_too_long_is_told_so():
    settings = replace(EngineSettings(), max_concurrent=1, queue_s=0.2)
    engine = Engine(settings)
    engine.result("return 1")
    code = "await new Promise(r => setTimeout(r, 1500)); return 1"

    outcomes = at_once([lambda: engine.run(code)] * 2)

    assert sorted(outcome.ok for outcome in outcomes) == [False, True]
    engine.executor.close()


def test_a_kernel_without_the_filter_is_reported_once(monkeypatch: pytest.MonkeyPatch):
    reported = []
    script = (
        "import functions.code_executor.engine.confinement as c; c.machine_filter = lambda: None; "
    )
    before = "from functions.code_executor.engine.zygote"
    monkeypatch.setattr(nursery, "_SCRIPT", nursery._SCRIPT.replace(before, script + before))
    executor = Executor(EngineSettings(), on_open=lambda: reported.append(1))
    for _ in range(3):
        assert executor.execute(CodeRequest("return 1", b"{}", 5_000)).ok
    assert not executor.status().sandboxed
    executor.close()

    assert reported == [1]


def test_35_two_thousand_executions_leave_nothing(own_engine: Engine):
    codes = [
        "return input.n",
        "return _.range(10)",
        "throw new Error('x')",
        "await new Promise(r => setTimeout(r, 1)); return 1",
        "return crypto.randomUUID()",
    ]

    def some(count: int) -> None:
        for number in range(count):
            own_engine.run(codes[number % len(codes)], {"n": number})

    some(200)
    own_engine.assert_at_rest()
    before = _left(own_engine)

    with ThreadPoolExecutor(2) as pool:
        list(pool.map(some, [1_000, 1_000]))
    own_engine.assert_at_rest()
    after = _left(own_engine)

    assert after[:4] == before[:4]
    assert after[4] - before[4] < 4 * 2**20
    assert after[5] - before[5] < 4 * 2**20
    assert own_engine.executor.status().deaths == 0
    assert own_engine.executor.status().zygotes == 1


def _left(engine: Engine) -> tuple[int, int, int, int, int, int]:
    """Descriptors, threads, children, the zygote's descriptors; private memory of both."""
    zygote = engine.zygote
    return (
        open_descriptors(),
        threading.active_count(),
        len(engine.children()),
        len(list(Path(f"/proc/{zygote}/fd").iterdir())),
        private_bytes(zygote),
        private_bytes(os.getpid()),
    )


def test_a_waiting_child_has_little_memory_of_its_own(own_engine: Engine):
    for child in own_engine.children():
        assert private_bytes(child) < 8 * 2**20


def test_a_nursery_gives_up_on_a_zygote_that_never_answers(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("functions.code_executor.nursery._BOOT_S", 0.3)
    monkeypatch.setattr("functions.code_executor.nursery._SCRIPT", "import time; time.sleep(60)")
    engine = Engine()

    assert engine.error("return 1").type == "EngineError"
    engine.executor.close()
