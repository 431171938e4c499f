// What Request and Response share: a body of bytes that is read once (Fetch Standard, 5.2–5.3).
(function (internal) {
  "use strict";
  const TEXT = "text/plain;charset=UTF-8";
  const FORM = "application/x-www-form-urlencoded;charset=UTF-8";

  // { bytes, type } of anything a body can be made of; null bytes without one.
  internal.extractBody = (body) => {
    if (body === null || body === undefined) return { bytes: null, type: null };
    if (typeof body === "string") return text(body, TEXT);
    if (body instanceof URLSearchParams) return text(body.toString(), FORM);
    if (body instanceof FormData) return internal.encodeFormData(body);
    if (body instanceof Blob) return { bytes: internal.blobBytes(body), type: body.type || null };
    if (body instanceof ArrayBuffer) return { bytes: new Uint8Array(body.slice(0)), type: null };
    if (ArrayBuffer.isView(body)) {
      const view = new Uint8Array(body.buffer, body.byteOffset, body.byteLength);
      return { bytes: view.slice(), type: null };
    }
    return text(String(body), TEXT);
  };

  function text(content, type) {
    return { bytes: new TextEncoder().encode(content.toWellFormed()), type };
  }

  internal.Body = class Body {
    #bytes;
    #used = false;

    constructor(bytes) {
      this.#bytes = bytes;
    }
    get body() {
      return null;
    }
    get bodyUsed() {
      return this.#used;
    }
    async bytes() {
      return this.#read().slice();
    }
    async arrayBuffer() {
      return this.#read().slice().buffer;
    }
    async blob() {
      return new Blob([this.#read()], { type: this.headers.get("content-type") ?? "" });
    }
    async text() {
      return new TextDecoder().decode(this.#read());
    }
    async json() {
      return JSON.parse(new TextDecoder().decode(this.#read()));
    }
    async formData() {
      const type = this.headers.get("content-type") ?? "";
      if (/^application\/x-www-form-urlencoded/i.test(type)) {
        const form = new FormData();
        const fields = new URLSearchParams(new TextDecoder().decode(this.#read()));
        for (const [name, value] of fields) form.append(name, value);
        return form;
      }
      const boundary = /^multipart\/form-data.*;\s*boundary="?([^";]+)"?/i.exec(type);
      if (boundary === null) throw new TypeError("the body is no form");
      return internal.decodeFormData(this.#read(), boundary[1]);
    }

    #read() {
      if (this.#used) throw new TypeError("the body was read before");
      this.#used = this.#bytes !== null;
      return this.#bytes ?? new Uint8Array();
    }

    // The bytes for a copy or for sending, without reading.
    static bytesOf(owner) {
      if (owner.#used) throw new TypeError("the body was read before");
      return owner.#bytes;
    }
  };
})
