// structuredClone (HTML Standard, 2.7).
(function (internal) {
  "use strict";
  const ERRORS = { EvalError, RangeError, ReferenceError, SyntaxError, TypeError, URIError };
  const COPIES = new Map([
    [Date, (value) => new Date(value.getTime())],
    [RegExp, (value) => new RegExp(value.source, value.flags)],
    [Boolean, (value) => Object(value.valueOf())],
    [Number, (value) => Object(value.valueOf())],
    [String, (value) => Object(value.valueOf())],
    [BigInt, (value) => Object(value.valueOf())],
    [ArrayBuffer, (value) => value.slice(0)],
    [File, (value) => new File([value], value.name, value)],
    [Blob, (value) => value.slice(0, value.size, value.type)],
  ]);

  function refuse(value) {
    const text = typeof value === "symbol" ? String(value) : (value?.name ?? typeof value);
    throw new internal.DOMException(`${text} could not be cloned`, "DataCloneError");
  }

  function clone(value, seen) {
    if (typeof value === "function" || typeof value === "symbol") refuse(value);
    if (typeof value !== "object" || value === null) return value;
    if (seen.has(value)) return seen.get(value);
    for (const [kind, copy] of COPIES) {
      if (value instanceof kind) return remember(seen, value, copy(value));
    }
    if (ArrayBuffer.isView(value)) return cloneView(value, seen);
    if (value instanceof Map) return cloneMap(value, seen);
    if (value instanceof Set) return cloneSet(value, seen);
    if (value instanceof Error) return cloneError(value, seen);
    if (isOpaque(value)) refuse(value.constructor);
    const copy = remember(seen, value, Array.isArray(value) ? new Array(value.length) : {});
    for (const key of Object.keys(value)) copy[key] = clone(value[key], seen);
    return copy;
  }

  function remember(seen, value, copy) {
    seen.set(value, copy);
    return copy;
  }

  function isOpaque(value) {
    return [Promise, WeakMap, WeakSet, WeakRef].some((kind) => value instanceof kind);
  }

  function cloneView(view, seen) {
    const buffer = clone(view.buffer, seen);
    const length = view instanceof DataView ? view.byteLength : view.length;
    // Buffer is a Uint8Array to the algorithm.
    const kind = view instanceof Uint8Array ? Uint8Array : view.constructor;
    return remember(seen, view, new kind(buffer, view.byteOffset, length));
  }

  function cloneMap(map, seen) {
    const copy = remember(seen, map, new Map());
    for (const [key, value] of [...map]) copy.set(clone(key, seen), clone(value, seen));
    return copy;
  }

  function cloneSet(set, seen) {
    const copy = remember(seen, set, new Set());
    for (const value of [...set]) copy.add(clone(value, seen));
    return copy;
  }

  function cloneError(error, seen) {
    const kind = Object.hasOwn(ERRORS, error.name) ? ERRORS[error.name] : Error;
    const copy = remember(seen, error, new kind(error.message));
    if ("stack" in error) Object.defineProperty(copy, "stack", { value: error.stack });
    if (Object.hasOwn(error, "cause")) copy.cause = clone(error.cause, seen);
    return copy;
  }

  function structuredClone(value, { transfer = [] } = {}) {
    if (arguments.length === 0) throw new TypeError("1 argument required");
    const seen = new Map();
    for (const item of transfer) {
      if (!(item instanceof ArrayBuffer) || seen.has(item)) refuse(item);
      seen.set(item, null);
    }
    for (const item of transfer) seen.set(item, item.transfer());
    return clone(value, seen);
  }

  internal.defineGlobal("structuredClone", structuredClone);
})
