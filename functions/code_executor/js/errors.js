// What is thrown to the caller's code, and how a thrown value becomes type, message, line, column.
(function (internal) {
  "use strict";
  const { primordials } = internal;
  const { regExpExec, stringSlice, stringStartsWith } = primordials;
  const String = primordials.String;
  const MAX_MESSAGE = 10_000;
  // AsyncFunction puts its own two lines before the body, and "use strict"; on the body's first.
  const LINES_BEFORE = 2;
  const STRICT = '"use strict";';
  const NAME = /^[A-Za-z_$][\w$.]{0,99}$/;
  const FRAME = /\n\s+at [^\n]*?\buser\.js:(\d+):(\d+)/;

  const CODES = {
    NotSupportedError: 9,
    InvalidStateError: 11,
    SyntaxError: 12,
    InvalidAccessError: 15,
    NetworkError: 19,
    AbortError: 20,
    QuotaExceededError: 22,
    TimeoutError: 23,
    DataCloneError: 25,
    InvalidCharacterError: 5,
  };

  class DOMException extends Error {
    #name;
    constructor(message = "", options = "Error") {
      const given = typeof options === "object" && options !== null;
      super(message, given && "cause" in options ? { cause: options.cause } : undefined);
      this.#name = String(given ? (options.name ?? "Error") : options);
    }
    get name() {
      return this.#name;
    }
    get code() {
      return CODES[this.#name] ?? 0;
    }
    get [Symbol.toStringTag]() {
      return "DOMException";
    }
  }
  internal.defineGlobal("DOMException", DOMException);

  class ConsoleDisabledError extends Error {
    get name() {
      return "ConsoleDisabledError";
    }
  }

  // Also for a name: everything a client could ask for is answered by the same error.
  internal.disabledConsole = new Proxy(Object.create(null), {
    get(_, name) {
      if (typeof name === "symbol") return undefined;
      throw new ConsoleDisabledError(
        `console.${name} 不可用，请用 return 返回结果 / ` +
          `console.${name} is not available: use return to give a result`,
      );
    },
  });

  internal.describeThrown = (thrown) => {
    let error;
    try {
      error = isObject(thrown) ? describeObject(thrown) : plain("Error", String(thrown));
    } catch {
      error = plain("Error", "抛出的值无法描述 / the thrown value cannot be described");
    }
    if (error.message.length > MAX_MESSAGE) {
      error.message = stringSlice(error.message, 0, MAX_MESSAGE);
    }
    return error;
  };

  function describeObject(thrown) {
    const { name, message, stack } = thrown;
    const type = typeof name === "string" && regExpExec(NAME, name) ? name : "Error";
    const text = typeof message === "string" ? message : inspect(thrown);
    const error = plain(type, text);
    if (typeof stack === "string") locate(error, withoutHeader(stack, name, message));
    return error;
  }

  // The message is a caller's text and may look like a frame.
  function withoutHeader(stack, name, message) {
    const header = `${String(name)}: ${String(message)}`;
    return stringStartsWith(stack, header) ? stringSlice(stack, header.length) : stack;
  }

  function locate(error, frames) {
    const found = regExpExec(FRAME, frames);
    if (found === null) return;
    const line = +found[1] - LINES_BEFORE;
    error.line = line;
    error.column = +found[2] - (line === 1 ? STRICT.length : 0);
  }

  function inspect(thrown) {
    const text = primordials.jsonStringify(thrown);
    return typeof text === "string" ? text : String(thrown);
  }

  // Without a prototype: nobody's toJSON speaks for it.
  function plain(type, message) {
    return { __proto__: null, type, message, line: null, column: null };
  }

  function isObject(value) {
    return (typeof value === "object" && value !== null) || typeof value === "function";
  }

  internal.plainError = plain;
  internal.STRICT = STRICT;
  internal.DOMException = DOMException;
})
