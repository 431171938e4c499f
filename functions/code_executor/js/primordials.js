// The engine's own copies of what it stands on: the caller's code can change every prototype.
(function (internal) {
  "use strict";
  const uncurryThis = Function.prototype.bind.bind(Function.prototype.call);

  internal.primordials = {
    uncurryThis,
    apply: Reflect.apply,
    arrayPush: uncurryThis(Array.prototype.push),
    arrayShift: uncurryThis(Array.prototype.shift),
    arraySplice: uncurryThis(Array.prototype.splice),
    AsyncFunction: (async () => {}).constructor,
    dateNow: Date.now,
    defineProperty: Reflect.defineProperty,
    Function,
    fromBase64: Uint8Array.fromBase64,
    isArray: Array.isArray,
    isFinite: Number.isFinite,
    jsonParse: JSON.parse,
    jsonStringify: JSON.stringify,
    Map,
    mapGet: uncurryThis(Map.prototype.get),
    mapSet: uncurryThis(Map.prototype.set),
    mathMax: Math.max,
    mathMin: Math.min,
    Promise,
    promiseThen: uncurryThis(Promise.prototype.then),
    regExpExec: uncurryThis(RegExp.prototype.exec),
    String,
    stringIncludes: uncurryThis(String.prototype.includes),
    stringIndexOf: uncurryThis(String.prototype.indexOf),
    stringSlice: uncurryThis(String.prototype.slice),
    stringStartsWith: uncurryThis(String.prototype.startsWith),
    toBase64: uncurryThis(Uint8Array.prototype.toBase64),
    Uint8Array,
  };

  // A value of the global object as the specifications define theirs: replaceable, not listed.
  internal.defineGlobal = (name, value) => {
    internal.primordials.defineProperty(globalThis, name, {
      value,
      writable: true,
      configurable: true,
      enumerable: false,
    });
  };
})
