// Blob and File (File API); the bytes are in memory, there are no streams.
(function (internal) {
  "use strict";
  const BYTES = Symbol("bytes");

  function bytesOf(part) {
    if (part instanceof Blob) return part[BYTES];
    if (part instanceof ArrayBuffer) return new Uint8Array(part.slice(0));
    if (ArrayBuffer.isView(part)) {
      return new Uint8Array(part.buffer, part.byteOffset, part.byteLength).slice();
    }
    return new TextEncoder().encode(String(part).toWellFormed());
  }

  function concat(parts) {
    const total = parts.reduce((sum, part) => sum + part.length, 0);
    const joined = new Uint8Array(total);
    let offset = 0;
    for (const part of parts) {
      joined.set(part, offset);
      offset += part.length;
    }
    return joined;
  }

  function clamp(position, size, fallback) {
    const value = position === undefined ? fallback : Math.trunc(+position || 0);
    return value < 0 ? Math.max(size + value, 0) : Math.min(value, size);
  }

  class Blob {
    #type;
    constructor(parts = [], { type = "" } = {}) {
      if (typeof parts !== "object" || parts === null || !(Symbol.iterator in parts)) {
        throw new TypeError("a Blob is made of a sequence of parts");
      }
      const bytes = concat(Array.from(parts, bytesOf));
      Object.defineProperty(this, BYTES, { value: bytes });
      const text = String(type);
      this.#type = /^[\x20-\x7e]*$/.test(text) ? text.toLowerCase() : "";
    }
    get size() {
      return this[BYTES].length;
    }
    get type() {
      return this.#type;
    }
    async arrayBuffer() {
      return this[BYTES].slice().buffer;
    }
    async bytes() {
      return this[BYTES].slice();
    }
    async text() {
      return new TextDecoder().decode(this[BYTES]);
    }
    slice(start, end, type = "") {
      const from = clamp(start, this.size, 0);
      const to = Math.max(from, clamp(end, this.size, this.size));
      return new Blob([this[BYTES].subarray(from, to)], { type });
    }
    get [Symbol.toStringTag]() {
      return "Blob";
    }
  }

  class File extends Blob {
    #name;
    #lastModified;
    constructor(parts, name, options = {}) {
      if (arguments.length < 2) throw new TypeError("a File needs parts and a name");
      super(parts, options);
      this.#name = String(name);
      this.#lastModified = options.lastModified === undefined ? Date.now() : +options.lastModified;
    }
    get name() {
      return this.#name;
    }
    get lastModified() {
      return this.#lastModified;
    }
    get [Symbol.toStringTag]() {
      return "File";
    }
  }

  internal.blobBytes = (blob) => blob[BYTES];
  internal.concatBytes = concat;
  internal.defineGlobal("Blob", Blob);
  internal.defineGlobal("File", File);
})
