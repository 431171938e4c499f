// One execution: started once, then turn by turn until there is an outcome for the host.
(function (internal) {
  "use strict";
  const { describeThrown, plainError, STRICT } = internal;
  const p = internal.primordials;
  const MAX_RESULT = internal.host.maxResultBytes;
  // Units of UTF-16; a longer result is not copied behind its letter.
  const LONG = 32_768;
  // Of a length in units of UTF-16, with zeros before it.
  const DIGITS = 5;
  let outcome = null;
  let longResult = "";

  internal.fail = (thrown) => {
    outcome ??= `E${p.jsonStringify(describeThrown(thrown))}`;
  };

  function refuseResult(message) {
    return `E${p.jsonStringify(plainError("ValidationError", message))}`;
  }

  function compile(code) {
    return new p.AsyncFunction("input", `${STRICT}${code}\n//# sourceURL=user.js`);
  }

  function parseInput(text) {
    let data = null;
    try {
      data = p.jsonParse(text);
    } catch {
      // Falls through: it is no object either.
    }
    if (typeof data !== "object" || data === null || p.isArray(data)) {
      outcome = refuseResult("input 必须是 JSON 对象 / input must be a JSON object");
    }
    return data;
  }

  // Nothing of a rehearsal is left in an execution.
  function forget() {
    outcome = null;
    internal.forgetEntropy();
    internal.forgetTimers();
    internal.forgetRequests();
    internal.restartClock();
  }

  // Called on the code, with the input; or on both in one text, after the code's length.
  function start(input) {
    if (input !== undefined) return begin(this, input);
    const end = DIGITS + +p.stringSlice(this, 0, DIGITS);
    begin(p.stringSlice(this, DIGITS, end), p.stringSlice(this, end));
  }

  function begin(code, input) {
    forget();
    let run;
    try {
      run = compile(code);
    } catch (error) {
      outcome = `S${p.jsonStringify(describeThrown(error))}`;
      return;
    }
    const data = parseInput(input);
    if (outcome !== null) return;
    const promise = run(data);
    // `then` would look for the constructor along a prototype that the code can change.
    p.defineProperty(promise, "constructor", { value: undefined });
    p.promiseThen(promise, succeed, internal.fail);
  }

  function succeed(value) {
    try {
      outcome ??= encode(value);
    } catch (error) {
      internal.fail(error);
    }
  }

  function encode(value) {
    if (typeof value === "function" || typeof value === "symbol") {
      return refuseResult(`结果是 ${typeof value} / the result is a ${typeof value}`);
    }
    const text = p.jsonStringify(value);
    if (text === undefined) {
      return refuseResult("没有结果，请用 return 返回 / no result: use return to give one");
    }
    // JSON has no NaN and no Infinity and writes null for them, without a word.
    const bad = p.stringIncludes(text, "null") ? pathOfNonFinite(value) : null;
    if (bad !== null) {
      return refuseResult(`${bad} 不是有限的数 / ${bad} is not a finite number`);
    }
    // A unit of UTF-16 takes a byte of UTF-8 or more; the host counts the bytes.
    if (text.length > MAX_RESULT) return "L";
    if (text.length <= LONG) return `R${text}`;
    longResult = text;
    return "T";
  }

  function pathOfNonFinite(value) {
    const paths = new p.Map();
    let found = null;
    p.jsonStringify(value, function (key, member) {
      const parent = p.mapGet(paths, this);
      const path = parent === undefined ? "result" : `${parent}.${key}`;
      if (typeof member === "number") {
        if (found === null && !p.isFinite(member)) found = path;
      } else if (typeof member === "object" && member !== null) {
        p.mapSet(paths, member, path);
      }
      return member;
    });
    return found;
  }

  // "W<milliseconds until the next timer, or -1>\n" and new operations, or the outcome:
  // "R<result>", "T" where `takeLong` gives the result, "E<error>", "S<error of compiling>", "L"
  // for a result that is too large.
  function poll() {
    if (outcome !== null) return outcome;
    const wait = internal.untilNextTimer();
    if (wait < 0 && internal.pendingOperations() === 0) {
      const message = "等待的 Promise 永远不会完成 / the code awaits what can never settle";
      return `E${p.jsonStringify(plainError("UnsettledError", message))}`;
    }
    return `W${wait}\n${internal.takeOperations()}`;
  }

  function tick() {
    try {
      internal.runTimer();
    } catch (error) {
      internal.fail(error);
    }
  }

  internal.engine = {
    start,
    poll,
    tick,
    takeLong: () => longResult,
    deliver: internal.deliver,
    registerModule: internal.registerModule,
    loadModule: internal.loadModule,
  };
})
