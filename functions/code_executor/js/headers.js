// Headers (Fetch Standard, 5.1).
(function (internal) {
  "use strict";
  const NAME = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/;
  const EDGES = /^[\t\n\r ]+|[\t\n\r ]+$/g;
  const BAD_VALUE = /[\0\n\r]|[^\x00-\xff]/;

  function checkedName(name) {
    const text = String(name);
    if (!NAME.test(text)) throw new TypeError(`invalid header name ${JSON.stringify(text)}`);
    return text.toLowerCase();
  }

  function checkedValue(value) {
    const text = String(value).replace(EDGES, "");
    if (BAD_VALUE.test(text)) throw new TypeError("a header value holds a character it must not");
    return text;
  }

  class Headers {
    #list = [];

    constructor(init) {
      if (init === undefined) return;
      if (init === null || typeof init !== "object") throw new TypeError("headers are an object");
      const pairs = typeof init[Symbol.iterator] === "function" ? init : Object.entries(init);
      for (const pair of pairs) {
        const [name, value, ...more] = pair;
        if (more.length || [...pair].length !== 2) throw new TypeError("a header is a pair");
        this.append(name, value);
      }
    }
    append(name, value) {
      this.#list.push([checkedName(name), checkedValue(value)]);
    }
    set(name, value) {
      const key = checkedName(name);
      const text = checkedValue(value);
      const index = this.#list.findIndex(([known]) => known === key);
      if (index < 0) {
        this.#list.push([key, text]);
        return;
      }
      this.#list = this.#list.filter(([known], at) => known !== key || at === index);
      this.#list[index] = [key, text];
    }
    delete(name) {
      const key = checkedName(name);
      this.#list = this.#list.filter(([known]) => known !== key);
    }
    get(name) {
      const key = checkedName(name);
      const values = this.#list.filter(([known]) => known === key).map(([, value]) => value);
      return values.length ? values.join(", ") : null;
    }
    getSetCookie() {
      return this.#list.filter(([known]) => known === "set-cookie").map(([, value]) => value);
    }
    has(name) {
      const key = checkedName(name);
      return this.#list.some(([known]) => known === key);
    }
    forEach(callback, self) {
      for (const [name, value] of this) callback.call(self, value, name, this);
    }
    *entries() {
      const names = [...new Set(this.#list.map(([name]) => name))].sort();
      for (const name of names) {
        if (name !== "set-cookie") yield [name, this.get(name)];
        else for (const value of this.getSetCookie()) yield [name, value];
      }
    }
    *keys() {
      for (const [name] of this.entries()) yield name;
    }
    *values() {
      for (const [, value] of this.entries()) yield value;
    }
    [Symbol.iterator]() {
      return this.entries();
    }
    get [Symbol.toStringTag]() {
      return "Headers";
    }
  }

  internal.defineGlobal("Headers", Headers);
})
