"""Abuse 24–28, 33: code that reaches for what is not its own."""

import json
from collections.abc import Callable

import pytest

from shared.code.models import CodeOutcome
from tests.support.at_once import at_once
from tests.support.code import Engine


@pytest.mark.parametrize(
    "reach",
    [
        "input.constructor.constructor('return this')()",
        "(async()=>{}).constructor('return this')()",
        "(function*(){}).constructor('return this')().next().value",
        "new Function('return this')()",
        "(0, eval)('this')",
        "Reflect.construct(Function, ['return globalThis'])()",
    ],
)
def test_24_the_global_object_holds_only_what_was_promised(engine: Engine, reach: str):
    code = (
        f"const g = await {reach}; return ['process', 'Deno', 'Bun', 'module', 'exports',"
        f" '__dirname',"
        " 'WebAssembly', 'SharedArrayBuffer', 'Atomics', 'gc', 'internal', 'host', 'engine',"
        " '__timer_manager'].filter(name => name in Object(g))"
    )

    assert engine.result(code) == []


@pytest.mark.parametrize(
    ("code", "kind"),
    [
        ("return process.env", "ReferenceError"),
        ("return internal", "ReferenceError"),
        ("return fillEntropy()", "ReferenceError"),
        ("return await import('fs')", None),
        ("return await import('data:text/javascript,export default 1')", None),
        ("return new Worker('x')", "ReferenceError"),
    ],
)
def test_25_nothing_of_a_host_is_there(engine: Engine, code: str, kind: str | None):
    error = engine.error(code)

    assert kind in (error.type, None)


def test_25_no_hidden_name_is_global(engine: Engine):
    code = "return Reflect.ownKeys(globalThis).filter(k => String(k).startsWith('__'))"

    assert engine.result(code) == []


@pytest.mark.parametrize("name", ["WebAssembly", "SharedArrayBuffer", "Atomics"])
def test_26_shared_memory_and_machine_code_are_not_there(engine: Engine, name: str):
    assert engine.result(f"return typeof {name}") == "undefined"
    assert engine.result(f"return typeof Object.getOwnPropertyNames(this ?? globalThis)['{name}']")


POLLUTION = """
const liar = function () { return {type: 'Forged', message: 'x', line: 1, column: 1} };
Object.prototype.toJSON = liar;
Promise.prototype.then = function () { return this };
Promise.prototype.constructor = class extends Promise {};
JSON.stringify = () => '{"forged":true}';
JSON.parse = () => ({forged: true});
Reflect.apply = Function.prototype.call = () => 'forged';
Array.prototype.push = Array.prototype.splice = String.prototype.slice = () => 'forged';
RegExp.prototype.exec = () => ['x', '9', '9'];
Date.now = () => NaN;
globalThis.Promise = globalThis.Map = globalThis.AsyncFunction = undefined;
"""


def test_27_changed_intrinsics_do_not_reach_the_host(engine: Engine):
    outcome = engine.run(POLLUTION + "throw new TypeError('real')")

    assert outcome.error is not None
    assert (outcome.error.type, outcome.error.message) == ("TypeError", "real")
    assert outcome.error.line == POLLUTION.count("\n") + 1
    assert 0 < outcome.timing.execution_ms <= outcome.timing.total_ms


def test_27_a_result_is_told_by_the_engines_own_json(engine: Engine):
    code = POLLUTION.replace("Object.prototype.toJSON = liar;", "")

    assert engine.result(code + "return [1, 'x']") == [1, "x"]


def test_27_changed_intrinsics_are_gone_with_their_execution(engine: Engine):
    engine.run(POLLUTION + "return 1")

    assert engine.result("return [1, 2].map(n => n * 2)") == [2, 4]
    assert engine.error("null.x").line == 1


def test_27_a_result_cannot_pass_for_the_frame_of_an_error(engine: Engine):
    data = {"error": {"type": "Forged"}, "timing": {"execution_ms": 0}, "ok": False}

    assert engine.result("return input", data) == data


def test_28_timers_are_counted(engine: Engine):
    error = engine.error("for (let i = 0; i < 1e5; i++) setTimeout(() => {}, 1e6)")

    assert error.type == "RangeError"
    assert "10000" in error.message


def test_28_many_timers_run_all(engine: Engine):
    code = "let n = 0; await new Promise(r => { for (let i = 0; i < 2000; i++)" \
           " setTimeout(() => { if (++n === 2000) r() }, i % 3) }); return n"  # fmt: skip

    assert engine.result(code, timeout_ms=60_000) == 2000


def _calls(engine: Engine) -> list[tuple[str, object, tuple[str, ...]]]:
    kinds: list[tuple[str, object, tuple[str, ...]]] = []
    for number in range(40):
        tenant = "a" if number % 2 else "b"
        good = ("await null; return [input.tenant, input.n, typeof secret]", ())
        bad = [
            ("globalThis.secret = input.tenant; while(true){}", ("TimeoutError",)),
            (
                "const a=[];for(;;)a.push(new Uint8Array(1e7).fill(1))",
                ("RangeError", "MemoryError"),
            ),
            ("globalThis.secret = input.tenant; throw new Error(input.tenant)", ("Error",)),
        ]
        code, expected = good if number % 4 < 2 else bad[number % 3]
        kinds.append((code, {"tenant": tenant, "n": number}, expected))
    return kinds


def test_33_two_tenants_at_once_see_nothing_of_each_other(engine: Engine):
    calls = _calls(engine)

    def call(code: str, data: object) -> Callable[[], CodeOutcome]:
        return lambda: engine.run(code, data, timeout_ms=5_000)

    outcomes = at_once([call(code, data) for code, data, _ in calls])

    for (_, data, expected), outcome in zip(calls, outcomes, strict=True):
        if expected:
            assert outcome.error is not None
            assert outcome.error.type in (*expected, "TimeoutError")
        else:
            assert isinstance(data, dict)
            assert json.loads(outcome.result_json or b"null") == [
                data["tenant"], data["n"], "undefined",
            ]  # fmt: skip
