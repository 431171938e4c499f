"""What code has beyond ECMAScript, as the specifications say."""

import base64
import re

import pytest

from tests.support.code import Engine

CASES = {
    "input": ("return input.a.b[1]", 2),
    "top level await": ("const x = await Promise.resolve(4); return x", 4),
    "modern syntax": ("class A { #x = 1; static { this.y = 2 } get x() { return this.#x ?? 0 } }"
                      "return [new A().x, A.y, [3,1,2].toSorted(), Object.groupBy([1,2], x=>x%2)]",
                      [1, 2, [1, 2, 3], {"0": [2], "1": [1]}]),
    "time zones": ("return new Intl.DateTimeFormat('zh-CN', {timeZone: 'Asia/Shanghai',"
                   "dateStyle: 'full', timeStyle: 'short'}).format(new Date(0))",
                   "1970年1月1日星期四 08:00"),
    "url": ("const u = new URL('../b?q=中#f', 'https://例子.测试/a/c');"
            " u.searchParams.append('x', ' ');"
            "return [u.href, u.host]",
            ["https://xn--fsqu00a.xn--0zwm56d/b?q=%E4%B8%AD&x=+#f", "xn--fsqu00a.xn--0zwm56d"]),
    "url errors": ("try { new URL('nowhere') } catch (e) { return [e.name, URL.canParse('a:b')] }",
                   ["TypeError", True]),
    "url params": ("const p = new URLSearchParams('b=2&a=1&b=3'); p.sort();"
                   "return [p.toString(), p.getAll('b'), p.size, [...p.keys()]]",
                   ["a=1&b=2&b=3", ["2", "3"], 3, ["a", "b", "b"]]),
    "text": ("return [[...new TextEncoder().encode('é𝄞\\ud800')],"
             "new TextDecoder().decode(new Uint8Array([0xef,0xbb,0xbf,0xe4,0xb8,0xad,0xff])),"
             "new TextDecoder('gbk').decode(new Uint8Array([0xd6,0xd0]))]",
             [[195, 169, 240, 157, 132, 158, 239, 191, 189], "中\ufffd", "中"]),
    "base64": ("return [btoa('ÿa'), atob(' /2E= '), (() => { try { atob('*') } catch (e) {"
               "return [e.name, e.code, e instanceof DOMException] } })()]",
               ["/2E=", "ÿa", ["InvalidCharacterError", 5, True]]),
    "buffer": ("return [Buffer.from('中').toString('hex'), Buffer.concat([Buffer.from('aGk=',"
               " 'base64'),"
               "Buffer.alloc(1, 33)]).toString(), Buffer.from([1,2]).readUInt16BE(),"
               " Buffer.isBuffer(1)]",
               ["e4b8ad", "hi!", 258, False]),
    "clone": ("const a = {d: new Date(5), m: new Map([['k', new Set([1])]]), r: /x/gi, e: new"
              " RangeError('m'),"
              "b: new Uint8Array([7]).subarray(0), n: [,1]}; a.self = a; const c ="
              " structuredClone(a);"
              "return [c !== a, c.self === c, c.d.getTime(), c.m.get('k').has(1), c.r.flags,"
              "c.e instanceof RangeError, c.b[0], 0 in c.n]",
              [True, True, 5, True, "gi", True, 7, False]),
    "clone refuses": ("try { structuredClone({f() {}}) } catch (e) { return [e.name, e.code] }",
                      ["DataCloneError", 25]),
    "clone transfers": ("const b = new ArrayBuffer(4), c = structuredClone({b}, {transfer: [b]});"
                        "return [b.byteLength, c.b.byteLength]", [0, 4]),
    "timers": ("const seen = []; queueMicrotask(() => seen.push('m'));"
               "const id = setTimeout(() => seen.push('no'), 1); clearTimeout(id);"
               "const later = new Promise(r => setTimeout(() => r(seen.push('b')), 200));"
               "const soon = new Promise(r => setTimeout(() => r(seen.push('a')), 1));"
               "await Promise.all([later, soon]); return seen", ["m", "a", "b"]),
    "immediates": ("const seen = []; queueMicrotask(() => seen.push('m'));"
                   "const no = setImmediate(() => seen.push('no')); clearImmediate(no);"
                   "await new Promise(r => { setImmediate(x => seen.push(x), 'i');"
                   "setImmediate(r) }); return seen", ["m", "i"]),
    "timer arguments": ("return await new Promise(r => setTimeout(r, 1, 'x'))", "x"),
    "microtasks between timers": ("const seen = []; for (const n of [1, 2]) setTimeout(() => {"
                                  "seen.push(n); Promise.resolve().then(() => seen.push(-n)) });"
                                  "await new Promise(r => setTimeout(r, 10)); return seen",
                                  [1, -1, 2, -2]),
    "intervals": ("let n = 0; await new Promise(r => { const id = setInterval(() => {"
                  "if (++n === 3) { clearInterval(id); r() } }, 1) }); return n", 3),
    "abort": ("const c = new AbortController(), seen = []; c.signal.onabort = e =>"
              " seen.push(e.type);"
              "c.signal.addEventListener('abort', () => seen.push('l'), {once: true});"
              " c.abort(); c.abort();"
              "return [seen, c.signal.aborted, c.signal.reason.name]",
              [["abort", "l"], True, "AbortError"]),
    "abort any and timeout": ("const s = AbortSignal.any([AbortSignal.timeout(1), new"
                              " AbortController().signal]);"
                              "await new Promise(r => s.addEventListener('abort', r)); return"
                              " s.reason.name",
                              "TimeoutError"),
    "events": ("const t = new EventTarget(), seen = []; const h = {handleEvent(e) {"
               " seen.push(e.detail) }};"
               "t.addEventListener('x', h); t.addEventListener('x', h);"
               "t.dispatchEvent(new CustomEvent('x', {detail: 1})); t.removeEventListener('x', h);"
               "t.dispatchEvent(new Event('x')); return seen", [1]),
    "blob": ("const b = new Blob(['中', new Uint8Array([33]), new Blob(['?'])], {type:"
             " 'Text/Plain'});"
             "return [b.size, b.type, await b.text(), await b.slice(3, -1).text()]",
             [5, "text/plain", "中!?", "!"]),
    "file": ("const f = new File(['a'], 'n.txt', {lastModified: 5}); return [f.name, f.size,"
             " f.lastModified,"
             "f instanceof Blob]", ["n.txt", 1, 5, True]),
    "form data": ("const f = new FormData(); f.append('a', 1); f.append('a', '2'); f.set('b',"
                  " new Blob(['x']), 'x.bin');"
                  "f.append('c', '3'); f.set('a', '9'); f.delete('c');"
                  "return [[...f.keys()], f.getAll('a'), f.get('b').name, f.has('c'), f.get('z')]",
                  [["a", "b"], ["9"], "x.bin", False, None]),
    "form round trip": ("const f = new FormData(); f.append('名\"', 'a\\nb'); f.append('u', new"
                        " File([new Uint8Array([0,255,13,10])], 'é.bin'));"
                        "const g = await new Response(f).formData(); const file = g.get('u');"
                        "return [g.get('名%22'), file.name, [...await file.bytes()], file.type]",
                        ["a\r\nb", "é.bin", [0, 255, 13, 10], "application/octet-stream"]),
    "headers": ("const h = new Headers({'X-B': ' 1 ', a: '2'}); h.append('x-b', '3');"
                " h.append('Set-Cookie', 'a=1');"
                "h.append('set-cookie', 'b=2'); return [[...h], h.get('X-b'), h.getSetCookie()]",
                [[["a", "2"], ["set-cookie", "a=1"], ["set-cookie", "b=2"], ["x-b", "1, 3"]],
                 "1, 3", ["a=1", "b=2"]]),
    "header injection": ("try { new Headers({a: 'b\\r\\nc: d'}) } catch (e) { return e.name }",
                         "TypeError"),
    "response": ("const r = Response.json({a: 1}, {status: 201}); const c = r.clone();"
                 "const first = await r.json(); let again; try { await r.text() } catch (e) {"
                 " again = e.name }"
                 "return [first, r.status, r.ok, r.bodyUsed, again, await c.text(),"
                 " c.headers.get('content-type')]",
                 [{"a": 1}, 201, True, True, "TypeError", '{"a":1}', "application/json"]),
    "request": ("const r = new Request('https://a.example/#x', {method: 'post', body: new"
                " URLSearchParams({a: 'b'})});"
                "return [r.url, r.method, r.headers.get('content-type'), await r.text()]",
                ["https://a.example/", "POST",
                 "application/x-www-form-urlencoded;charset=UTF-8", "a=b"]),
    "performance": ("return performance.now() >= 0 && performance.timeOrigin > 1e12", True),
    "temporal": ("return Temporal.PlainDate.from('2024-02-29').add({years: 1}).toString()",
                 "2025-02-28"),
}  # fmt: skip


OURS = {
    "AbortController", "AbortSignal", "Blob", "Buffer", "Crypto", "CryptoJS", "CustomEvent",
    "DOMException", "Event", "EventTarget", "File", "FormData", "Headers", "Request", "Response",
    "TextDecoder", "TextEncoder", "URL", "URLSearchParams", "_", "atob", "axios", "btoa",
    "clearImmediate", "clearInterval", "clearTimeout", "console", "crypto", "dateFns", "fetch",
    "lodash", "performance", "pinyin", "qs", "queueMicrotask", "require", "setImmediate",
    "setInterval", "setTimeout", "structuredClone", "uuid",
}  # fmt: skip
# Of the standard, without Atomics, SharedArrayBuffer and WebAssembly.
ECMASCRIPT = {
    "AggregateError", "Array", "ArrayBuffer", "AsyncDisposableStack", "BigInt", "BigInt64Array",
    "BigUint64Array", "Boolean", "DataView", "Date", "DisposableStack", "Error", "EvalError",
    "FinalizationRegistry", "Float16Array", "Float32Array", "Float64Array", "Function", "Infinity",
    "Int16Array", "Int32Array", "Int8Array", "Intl", "Iterator", "JSON", "Map", "Math", "NaN",
    "Number", "Object", "Promise", "Proxy", "RangeError", "ReferenceError", "Reflect", "RegExp",
    "Set", "String", "SuppressedError", "Symbol", "SyntaxError", "Temporal", "TypeError",
    "URIError", "Uint16Array", "Uint32Array", "Uint8Array", "Uint8ClampedArray", "WeakMap",
    "WeakRef", "WeakSet", "decodeURI", "decodeURIComponent", "encodeURI", "encodeURIComponent",
    "escape", "eval", "globalThis", "isFinite", "isNaN", "parseFloat", "parseInt", "undefined",
    "unescape",
}  # fmt: skip


@pytest.mark.parametrize("name", CASES)
def test_the_language_has(engine: Engine, name: str):
    code, expected = CASES[name]

    assert engine.result(code, {"a": {"b": [1, 2]}}) == expected


def test_random_values_come_from_the_system_and_differ_between_executions(engine: Engine):
    code = (
        "return [Math.random(), crypto.randomUUID(), uuid.v4(),"
        " CryptoJS.lib.WordArray.random(8).toString(),"
        " Buffer.from(crypto.getRandomValues(new Uint8Array(65536))).toString('base64')]"
    )
    first, second = engine.result(code), engine.result(code)

    assert all(a != b for a, b in zip(first, second, strict=True))
    assert 0 <= first[0] < 1
    assert re.fullmatch(r"[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}",
                        first[1])  # fmt: skip
    # 64 KiB of which no 4 KiB repeat: they are sixteen reads, not one.
    content = base64.b64decode(first[4])
    assert len({content[at : at + 4096] for at in range(0, len(content), 4096)}) == 16
    assert len(set(content)) == 256


def test_random_values_have_their_limits(engine: Engine):
    code = "try { crypto.getRandomValues(new Uint8Array(65537)) } catch (e) { return e.name }"

    assert engine.result(code) == "QuotaExceededError"


def test_random_numbers_are_spread_evenly(engine: Engine):
    code = (
        "const n = Array(10).fill(0); for (let i = 0; i < 1e5; i++) n[Math.random() * 10 |"
        " 0]++; return n"
    )

    assert all(9_500 < count < 10_500 for count in engine.result(code))


def test_no_execution_leaves_a_trace_in_the_next(engine: Engine):
    engine.result(
        "globalThis.leak = 1; Object.prototype.leak = 1; axios.defaults.leak = 1; _.leak = 1;"
        "Array.prototype.map = () => 'stolen'; return 1"
    )

    code = "return [typeof leak, {}.leak, axios.defaults.leak, _.leak, [1].map(x => x)].map(String)"
    assert engine.result(code) == ["undefined", "undefined", "undefined", "undefined", "1"]


def test_only_the_promised_names_are_global(engine: Engine):
    names = engine.result("return Object.getOwnPropertyNames(globalThis)")

    assert set(names) == ECMASCRIPT | OURS
