// Event, CustomEvent, EventTarget (DOM Standard, without a tree: a target has no parents).
(function (internal) {
  "use strict";

  class Event {
    #type;
    #bubbles;
    #cancelable;
    #prevented = false;
    #timeStamp = performance.now();
    constructor(type, { bubbles = false, cancelable = false } = {}) {
      if (arguments.length === 0) throw new TypeError("an event needs a type");
      this.#type = `${type}`;
      this.#bubbles = Boolean(bubbles);
      this.#cancelable = Boolean(cancelable);
      this.target = this.currentTarget = null;
      this.immediatelyStopped = false;
      for (const name of ["target", "currentTarget", "immediatelyStopped"]) {
        Object.defineProperty(this, name, { enumerable: false });
      }
    }
    get type() {
      return this.#type;
    }
    get bubbles() {
      return this.#bubbles;
    }
    get cancelable() {
      return this.#cancelable;
    }
    get defaultPrevented() {
      return this.#prevented;
    }
    get timeStamp() {
      return this.#timeStamp;
    }
    preventDefault() {
      if (this.#cancelable) this.#prevented = true;
    }
    stopPropagation() {}
    stopImmediatePropagation() {
      this.immediatelyStopped = true;
    }
    get [Symbol.toStringTag]() {
      return "Event";
    }
  }

  class CustomEvent extends Event {
    #detail;
    constructor(type, options = {}) {
      super(type, options);
      this.#detail = options.detail ?? null;
    }
    get detail() {
      return this.#detail;
    }
  }

  class EventTarget {
    #listeners = [];

    addEventListener(type, callback, options) {
      if (callback === null || callback === undefined) return;
      const { once = false, signal } = typeof options === "object" && options ? options : {};
      if (signal?.aborted || this.#find(type, callback) >= 0) return;
      this.#listeners.push({ type: `${type}`, callback, once });
      signal?.addEventListener("abort", () => this.removeEventListener(type, callback));
    }

    removeEventListener(type, callback) {
      const index = this.#find(type, callback);
      if (index >= 0) this.#listeners.splice(index, 1);
    }

    dispatchEvent(event) {
      if (!(event instanceof Event)) throw new TypeError("an Event is expected");
      event.target = event.currentTarget = this;
      for (const listener of [...this.#listeners]) {
        if (listener.type !== event.type || !this.#listeners.includes(listener)) continue;
        if (listener.once) this.removeEventListener(listener.type, listener.callback);
        this.#call(listener.callback, event);
        if (event.immediatelyStopped) break;
      }
      event.currentTarget = null;
      return !event.defaultPrevented;
    }

    #find(type, callback) {
      return this.#listeners.findIndex(
        (entry) => entry.type === `${type}` && entry.callback === callback,
      );
    }

    // A listener that throws does not keep the others from hearing: it fails the execution.
    #call(callback, event) {
      try {
        if (typeof callback === "function") callback.call(this, event);
        else callback.handleEvent(event);
      } catch (error) {
        internal.fail(error);
      }
    }
  }

  internal.defineGlobal("Event", Event);
  internal.defineGlobal("CustomEvent", CustomEvent);
  internal.defineGlobal("EventTarget", EventTarget);
})
