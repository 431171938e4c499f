// AbortController and AbortSignal (DOM Standard).
(function (internal) {
  "use strict";
  const { DOMException } = internal;
  const MAKE = Symbol("make");

  class AbortSignal extends EventTarget {
    #aborted = false;
    #reason = undefined;
    onabort = null;

    constructor(key) {
      super();
      if (key !== MAKE) throw new TypeError("Illegal constructor");
      Object.defineProperty(this, "onabort", { enumerable: false });
    }
    get aborted() {
      return this.#aborted;
    }
    get reason() {
      return this.#reason;
    }
    throwIfAborted() {
      if (this.#aborted) throw this.#reason;
    }
    get [Symbol.toStringTag]() {
      return "AbortSignal";
    }

    static abort(reason) {
      const signal = new AbortSignal(MAKE);
      signal.#abort(reason);
      return signal;
    }
    static timeout(milliseconds) {
      const signal = new AbortSignal(MAKE);
      const reason = new DOMException("The operation timed out", "TimeoutError");
      internal.addTimer(() => signal.#abort(reason), milliseconds);
      return signal;
    }
    static any(signals) {
      const signal = new AbortSignal(MAKE);
      for (const source of signals) {
        if (source.aborted) {
          signal.#abort(source.reason);
          break;
        }
        source.addEventListener("abort", () => signal.#abort(source.reason), { signal });
      }
      return signal;
    }

    static [MAKE](signal, reason) {
      signal.#abort(reason);
    }
    #abort(reason) {
      if (this.#aborted) return;
      this.#aborted = true;
      this.#reason =
        reason === undefined
          ? new DOMException("This operation was aborted", "AbortError")
          : reason;
      const event = new Event("abort");
      if (typeof this.onabort === "function") this.onabort(event);
      this.dispatchEvent(event);
    }
  }
  const abort = AbortSignal[MAKE];
  delete AbortSignal[MAKE];

  class AbortController {
    #signal = new AbortSignal(MAKE);
    get signal() {
      return this.#signal;
    }
    abort(reason) {
      abort(this.#signal, reason);
    }
    get [Symbol.toStringTag]() {
      return "AbortController";
    }
  }

  internal.defineGlobal("AbortSignal", AbortSignal);
  internal.defineGlobal("AbortController", AbortController);
})
