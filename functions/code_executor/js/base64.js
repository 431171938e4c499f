// atob and btoa (HTML Standard, 8.3); the engine's Uint8Array does the work.
(function (internal) {
  "use strict";
  const { DOMException } = internal;
  const SPACES = /[\t\n\f\r ]/g;

  function btoa(text) {
    if (arguments.length === 0) throw new TypeError("1 argument required");
    const source = `${text}`;
    const bytes = new Uint8Array(source.length);
    for (let i = 0; i < source.length; i++) {
      const unit = source.charCodeAt(i);
      if (unit > 255) {
        throw new DOMException("a character is outside of Latin-1", "InvalidCharacterError");
      }
      bytes[i] = unit;
    }
    return bytes.toBase64();
  }

  function atob(text) {
    if (arguments.length === 0) throw new TypeError("1 argument required");
    const source = `${text}`.replace(SPACES, "");
    let bytes;
    try {
      bytes = Uint8Array.fromBase64(source);
    } catch {
      throw new DOMException("the text is not valid Base64", "InvalidCharacterError");
    }
    let decoded = "";
    for (let start = 0; start < bytes.length; start += 8192) {
      decoded += String.fromCharCode.apply(null, bytes.subarray(start, start + 8192));
    }
    return decoded;
  }

  internal.defineGlobal("atob", atob);
  internal.defineGlobal("btoa", btoa);
})
