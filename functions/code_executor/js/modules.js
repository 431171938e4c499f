// require and the global names of the bundled modules.
(function (internal) {
  "use strict";
  const { defineProperty, Function } = internal.primordials;
  // URL's conversions look at its prototype; the caller's code has none.
  const SharedArrayBuffer = globalThis.SharedArrayBuffer;
  const sources = { __proto__: null };
  const loaded = { __proto__: null };
  // lodash asks for a global `_` while it loads.
  const loading = { __proto__: null };

  // Global name: [module, export]; without an export it is the whole module.
  const GLOBALS = {
    _: ["lodash"],
    axios: ["axios"],
    Buffer: ["buffer", "Buffer"],
    CryptoJS: ["crypto-js"],
    dateFns: ["date-fns"],
    lodash: ["lodash"],
    pinyin: ["pinyin"],
    qs: ["qs"],
    TextDecoder: ["web", "TextDecoder"],
    TextEncoder: ["web", "TextEncoder"],
    URL: ["web", "URL"],
    URLSearchParams: ["web", "URLSearchParams"],
    uuid: ["uuid"],
  };
  const AVAILABLE = [
    "axios",
    "buffer",
    "crypto-js",
    "date-fns",
    "date-fns/locale",
    "lodash",
    "pinyin",
    "qs",
    "url",
    "uuid",
  ];
  // Packages whose functions are also files of their own, as in require("lodash/groupBy").
  const BY_FUNCTION = ["lodash", "crypto-js", "date-fns"];

  internal.registerModule = (name, source) => {
    sources[name] = source;
  };

  function load(name) {
    if (name in loaded) return loaded[name];
    const module = { exports: {} };
    const body = `${sources[name]}\n//# sourceURL=${name}`;
    loading[name] = true;
    const run = new Function("module", "exports", "require", "SharedArrayBuffer", body);
    run(module, module.exports, refuse, SharedArrayBuffer);
    delete loading[name];
    loaded[name] = module.exports;
    return module.exports;
  }

  // Takes the module's names, until then found on first use, as plain values.
  internal.loadModule = (name) => {
    load(name);
    for (const [global, [module, member]] of Object.entries(GLOBALS)) {
      if (module === name) internal.defineGlobal(global, pick(module, member));
    }
  };

  function pick(module, member) {
    return member === undefined ? load(module) : load(module)[member];
  }

  function defineLazily(name, module, member) {
    defineProperty(globalThis, name, {
      configurable: true,
      enumerable: false,
      get() {
        if (module in loading) return undefined;
        const value = pick(module, member);
        internal.defineGlobal(name, value);
        return value;
      },
      set(value) {
        internal.defineGlobal(name, value);
      },
    });
  }

  function refuse(name) {
    const error = new Error(
      `模块 '${name}' 不可用 / module '${name}' is not available; ` +
        `there are: ${AVAILABLE.join(", ")}`,
    );
    error.code = "MODULE_NOT_FOUND";
    throw error;
  }

  function memberOf(name) {
    const [, whole, part] = /^([^/]+)\/([\w-]+?)(?:\.js)?$/.exec(name) ?? [];
    if (!BY_FUNCTION.includes(whole)) return undefined;
    const members = load(whole);
    const wanted = part.replaceAll("-", "").toLowerCase();
    const found = Object.keys(members).find((key) => key.toLowerCase() === wanted);
    return found === undefined ? undefined : members[found];
  }

  function require(id) {
    if (typeof id !== "string") throw new TypeError("a module's name is a text");
    const name = id.startsWith("node:") ? id.slice(5) : id;
    if (name === "url") return { URL: globalThis.URL, URLSearchParams: globalThis.URLSearchParams };
    if (name === "date-fns/locale") return load("date-fns-locale");
    if (AVAILABLE.includes(name)) return load(name);
    return memberOf(name) ?? refuse(id);
  }

  for (const [name, [module, member]] of Object.entries(GLOBALS)) {
    defineLazily(name, module, member);
  }
  internal.defineGlobal("require", require);
})
