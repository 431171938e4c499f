// Randomness. Every execution is a copy of one process, so nothing random may be left from it:
// bytes come from the system, by the host, when they are asked for.
(function (internal) {
  "use strict";
  const { mathMin, Uint8Array } = internal.primordials;
  const MAX_REQUEST = 65_536;
  const pool = new Uint8Array(internal.host.entropy);
  let position = pool.length;
  let seeded = false;
  const state = new Uint32Array(4);

  internal.forgetEntropy = () => {
    position = pool.length;
    seeded = false;
  };

  function fill(bytes) {
    let done = 0;
    while (done < bytes.length) {
      if (position === pool.length) {
        internal.host.fillEntropy();
        position = 0;
      }
      const take = mathMin(bytes.length - done, pool.length - position);
      for (let i = 0; i < take; i++) {
        bytes[done + i] = pool[position + i];
        pool[position + i] = 0;
      }
      done += take;
      position += take;
    }
  }

  // xoshiro128** 1.1 (Blackman, Vigna), seeded by the system: V8's own generator would repeat
  // itself in every copy.
  function next() {
    const product = Math.imul(state[1], 5);
    const result = Math.imul((product << 7) | (product >>> 25), 9) >>> 0;
    const shifted = state[1] << 9;
    state[2] ^= state[0];
    state[3] ^= state[1];
    state[1] ^= state[2];
    state[0] ^= state[3];
    state[2] ^= shifted;
    state[3] = (state[3] << 11) | (state[3] >>> 21);
    return result;
  }

  Math.random = function random() {
    if (!seeded) {
      fill(new Uint8Array(state.buffer));
      seeded = true;
    }
    return ((next() >>> 5) * 67_108_864 + (next() >>> 6)) / 9_007_199_254_740_992;
  };

  class Crypto {
    getRandomValues(array) {
      if (!ArrayBuffer.isView(array) || !/^(Big)?(Int|Uint)/.test(array[Symbol.toStringTag])) {
        throw new internal.DOMException("an integer array is expected", "TypeMismatchError");
      }
      if (array.byteLength > MAX_REQUEST) {
        throw new internal.DOMException(
          `more than ${MAX_REQUEST} bytes were asked for`,
          "QuotaExceededError",
        );
      }
      fill(new Uint8Array(array.buffer, array.byteOffset, array.byteLength));
      return array;
    }
    randomUUID() {
      const bytes = new Uint8Array(16);
      fill(bytes);
      bytes[6] = (bytes[6] & 0x0f) | 0x40;
      bytes[8] = (bytes[8] & 0x3f) | 0x80;
      return bytes.toHex().replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, "$1-$2-$3-$4-$5");
    }
    get [Symbol.toStringTag]() {
      return "Crypto";
    }
  }
  internal.defineGlobal("Crypto", Crypto);
  internal.defineGlobal("crypto", new Crypto());
})
