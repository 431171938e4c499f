"""Abuse 11–18, 20–21: code that takes what it can get. The host lives, memory is bounded."""

import json
from concurrent.futures import ThreadPoolExecutor, wait

import pytest

from shared.code.models import CodeRequest
from tests.support.code import Engine, resident_bytes

MEGABYTE = 2**20
# Heap, twice as much beside it, and the zygote's share of a copy.
MOST_BYTES = (3 * 128 + 100) * MEGABYTE
LIMITS = ("MemoryError", "RangeError", "TimeoutError")

GREEDY = {
    "11 arrays": "const a=[];for(;;)a.push(new Array(1000).fill(a.length))",
    "12 a map": "const m=new Map();for(let i=0;;i++)m.set(i,'x'+i)",
    "13 texts": "const l=[];for(let i=0;;i++)l.push([...('x'+i).repeat(1e5)].reverse().join(''))",
    "13b one text": "return 'x'.repeat(5e8)",
    "14 buffers": "const k=[];for(;;)k.push(new Uint8Array(1e7).fill(1))",
    "14b Buffer": "const k=[];for(;;)k.push(Buffer.alloc(1e7, 1))",
    "15 one large array": "return Array(1e9).fill(0).length",
    "16 stringify": "return JSON.stringify(Array(3e7).fill('abcdefgh')).length",
    "16b a large result": "return Array(3e7).fill('abcdefgh')",
    "17 Intl": "const l=[];for(let i=0;i<1e6;i++)l.push(new Intl.DateTimeFormat('zh'));return 1",
    "18 recursion": "(function f(){f()})()",
    "clones": "let a={x:1};for(;;)a={a,b:structuredClone(a)}",
    "timers": "const k=[];for(;;){k.push(new Array(1e5).fill(1));await null}",
}


@pytest.mark.parametrize("name", GREEDY)
def test_greedy_code_is_stopped(engine: Engine, name: str):
    with ThreadPoolExecutor(1) as pool:
        running = pool.submit(engine.error, GREEDY[name], timeout_ms=8_000)
        peak = 0
        while not running.done():
            peak = max([peak, *(resident_bytes(child) for child in engine.children())])
            wait([running], timeout=0.02)

    assert running.result().type in LIMITS
    assert peak < MOST_BYTES


@pytest.mark.parametrize(
    "code",
    [
        "const a = []; for (;;) a.push(1)",
        "const a = []; try { for (;;) a.push({}) } catch { return 1 } finally { return 2 }",
        "const a = []; for (;;) { a.push(new Array(1e5).fill(1)); await null }",
        "const a = []; await new Promise(() => setTimeout(() => { for (;;) a.push([1, 2]) }))",
    ],
)
def test_what_grows_beyond_the_heap_is_a_memory_error_wherever_it_grows(engine: Engine, code: str):
    assert engine.error(code).type == "MemoryError"


def test_recursion_is_an_error_that_code_can_catch(engine: Engine):
    assert engine.error("(function f(){f()})()").type == "RangeError"
    assert (
        engine.result("try { (function f(){f()})() } catch (e) { return e.name }") == "RangeError"
    )


@pytest.mark.parametrize(
    ("code", "size"),
    [
        ("return 'x'.repeat(input.n - 2)", 5_242_880),
        ("const n = input.n - 2; return '中'.repeat((n - n % 3) / 3) + 'x'.repeat(n % 3)",
         5_242_880),
        ("return ['x'.repeat(input.n - 8), 1, 2]", 5_242_880),
    ],
)  # fmt: skip
def test_20_a_result_may_have_5_mib_of_utf_8(engine: Engine, code: str, size: int):
    outcome = engine.run(code, {"n": size})

    assert outcome.error is None
    assert len(outcome.result_json or b"") == outcome.usage.result_bytes == size

    error = engine.error(code, {"n": size + 1})
    assert error.type == "ValidationError"
    assert "5,242,880" in error.message


def test_21_code_has_at_most_65_535_bytes(engine: Engine):
    code = "return 1 //中"
    fitting = code + "x" * (65_535 - len(code.encode()))

    assert engine.result(fitting) == 1
    assert engine.error(fitting + "x").type == "ValidationError"
    assert engine.error("  \n").type == "ValidationError"


def test_21_input_has_at_most_2_mib(engine: Engine):
    text = json.dumps({"a": "x" * (2 * MEGABYTE - 8)}, separators=(",", ":")).encode()
    assert len(text) == 2 * MEGABYTE

    fits = engine.executor.execute(CodeRequest("return input.a.length", text, 20_000))
    over = engine.executor.execute(CodeRequest("return 1", text + b" ", 20_000))

    assert fits.result_json == str(2 * MEGABYTE - 8).encode()
    assert over.error is not None
    assert over.error.type == "ValidationError"


def test_23_texts_of_all_kinds_come_back_as_they_are(engine: Engine):
    data = {"😀": "\x00\u2028\ud7ff\uffff𝄞", "中\n": ["\x7f", "\\u0041", '"']}

    assert engine.result("return input", data) == data


@pytest.mark.parametrize(
    ("code", "escaped"),
    [
        ("return '\\ud800'", rb'"\ud800"'),
        ("return {['\\udc00']: 1}", rb'{"\udc00":1}'),
        ("return ['\\ud83d' + 'x', '\\0']", rb'["\ud83dx","\u0000"]'),
    ],
)
def test_23_half_characters_are_escaped(engine: Engine, code: str, escaped: bytes):
    assert engine.run(code).result_json == escaped


def test_23_half_characters_in_an_error_do_no_harm(engine: Engine):
    error = engine.error("const e = new Error('a\\ud800b'); e.name = 'N\\ud800'; throw e")

    assert error.type == "Error"
    assert error.message == "a?b"
