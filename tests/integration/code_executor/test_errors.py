"""Every error has a type, a message, and the place in the caller's own code."""

import pytest

from shared.code.models import CodeError, CodeRequest
from tests.support.code import Engine


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        ("foo", ("ReferenceError", "foo is not defined", 1, 1)),
        ("let a = 1;\n\n  a.b.c", ("TypeError", "reading 'c'", 3, 7)),
        ("return new Array(-1)", ("RangeError", "Invalid array length", 1, 8)),
        ("await 1;\nthrow new TypeError('late')", ("TypeError", "late", 2, 7)),
        ("class Own extends Error {\n name = 'Own' }\nthrow new Own('x')", ("Own", "x", 3, 7)),
        ("return _.map([1], () => {\n  null.x\n})", ("TypeError", "reading 'x'", 2, 8)),
        ("throw 'text'", ("Error", "text", None, None)),
        ("throw null", ("Error", "null", None, None)),
        ("throw undefined", ("Error", "undefined", None, None)),
        ("throw Symbol('s')", ("Error", "Symbol(s)", None, None)),
        ("throw {code: 7}", ("Error", '{"code":7}', None, None)),
        ("return JSON.parse('{')", ("SyntaxError", "JSON", 1, 13)),
        ("a = 1", ("ReferenceError", "a is not defined", 1, 3)),
        ("setTimeout(() => {\n throw new Error('t') }, 1);\nawait new Promise(() => {})",
         ("Error", "t", 2, 8)),
        ("const get = async () => {\n  throw new Error('in')\n};\nawait get()",
         ("Error", "in", 2, 9)),
        ("throw new Error('see\\n    at user.js:9:9')", ("Error", "user.js:9:9", 1, 7)),
    ],
)  # fmt: skip
def test_an_error_names_the_callers_own_line(
    engine: Engine, code: str, expected: tuple[str, str, int | None, int | None]
):
    error = engine.error(code)

    kind, text, line, column = expected
    assert (error.type, error.line, error.column) == (kind, line, column)
    assert text in error.message


@pytest.mark.parametrize(
    ("code", "message", "line", "column"),
    [
        ("let a = ;", "Unexpected token ';'", 1, 9),
        ("let a = 1;\nfoo bar", "Unexpected identifier 'bar'", 2, 5),
        ("let a = 1;\r\nlet b = 2;\r\nlet a = 3;", "already been declared", 3, 5),
        ("const s = '中文', t = =;", "Unexpected token '='", 1, 21),
        ("\ufefflet a = ;", "Unexpected token ';'", 1, 10),
        ("return 1 //\n}", "Unexpected token '}'", 2, 2),
        ("return 1})();(async()=>{return 2", "Unexpected token '}'", None, None),
        ("if (true) {", "Unexpected end of input", 1, 12),
        ("return `abc", "Unexpected end of input", 1, 12),
        ("return 1 /* open", "Invalid or unexpected token", 1, 10),
        ("import fs from 'fs'", "Cannot use import statement outside a module", 1, 1),
        ("var let = 1", "Unexpected strict mode reserved word", 1, 5),
    ],
)
def test_code_that_cannot_be_parsed_says_where(
    engine: Engine, code: str, message: str, line: int | None, column: int | None
):
    error = engine.error(code)

    assert error.type == "SyntaxError"
    assert message in error.message
    assert (error.line, error.column) == (line, column)


@pytest.mark.parametrize("code", ["return 1 // end", "return 1 /* end */", "return 1;\n\n"])
def test_a_comment_may_end_the_code(engine: Engine, code: str):
    assert engine.result(code) == 1


def test_code_with_a_syntax_error_never_runs(engine: Engine):
    error = engine.error("return 1})();(async()=>{ for(;;); ", timeout_ms=5_000)

    assert error.type == "SyntaxError"


@pytest.mark.parametrize("code", ["console.log(1)", 'console["error"]("x")', "console.table"])
def test_console_says_to_use_return(engine: Engine, code: str):
    error = engine.error(code)

    assert error.type == "ConsoleDisabledError"
    assert "return" in error.message
    assert error.line == 1


def test_the_word_console_in_a_text_is_a_text(engine: Engine):
    assert engine.result("return 'console.log'") == "console.log"


@pytest.mark.parametrize(
    ("code", "kind"),
    [
        ("1 + 1", "ValidationError"),
        ("return undefined", "ValidationError"),
        ("return () => 1", "ValidationError"),
        ("return Symbol('s')", "ValidationError"),
        ("return NaN", "ValidationError"),
        ("return 10n", "TypeError"),
        ("const a = {}; a.a = a; return a", "TypeError"),
        ("return {get a() { throw new RangeError('no') }}", "RangeError"),
        ("return {toJSON() {}}", "ValidationError"),
    ],
)
def test_what_json_cannot_say_is_no_result(engine: Engine, code: str, kind: str):
    assert engine.error(code).type == kind


def test_a_number_that_json_does_not_know_is_named(engine: Engine):
    error = engine.error("return {rows: [{price: 1}, {price: 1/0}], none: null}")

    assert error.type == "ValidationError"
    assert "result.rows.1.price" in error.message


@pytest.mark.parametrize(
    ("code", "result"),
    [
        ("return null", None),
        ("return [undefined, () => 1, null]", [None, None, None]),
        ("return new Date(0)", "1970-01-01T00:00:00.000Z"),
        ("return new Map([[1, 2]])", {}),
        ("return {toJSON: () => 5}", 5),
        ("return {b: 1, a: 2, 1: 3}", {"1": 3, "b": 1, "a": 2}),
        ("return Promise.resolve([1])", [1]),
        ("return 0", 0),
        ("return ''", ""),
        ("return false", False),
    ],
)
def test_what_json_can_say_is_the_result(engine: Engine, code: str, result: object):
    assert engine.result(code) == result


def test_an_error_can_be_caught_by_the_code(engine: Engine):
    assert engine.result("try { null.x } catch (e) { return e.name }") == "TypeError"


def test_a_rejection_that_nobody_awaits_does_not_fail_the_code(engine: Engine):
    assert engine.result("Promise.reject(new Error('x')); await 1; return 1") == 1


def test_a_long_message_is_cut(engine: Engine):
    assert len(engine.error("throw new Error('x'.repeat(1e6))").message) == 10_000


@pytest.mark.parametrize("text", [b"[1]", b'"x"', b"5", b"null", b"{", b"", b"{}{}", b"\xff"])
def test_an_input_that_is_no_object_is_refused(engine: Engine, text: bytes):
    outcome = engine.executor.execute(CodeRequest("return 1", text, 1_000))

    assert outcome.error == CodeError(
        "ValidationError", "input 必须是 JSON 对象 / input must be a JSON object"
    )
