// FormData (XMLHttpRequest Standard) and multipart/form-data (RFC 7578, HTML Standard 4.10.21.8).
(function (internal) {
  "use strict";

  function entryValue(value, fileName) {
    if (!(value instanceof Blob)) {
      if (fileName !== undefined) throw new TypeError("a file name belongs to a Blob");
      return String(value).toWellFormed();
    }
    if (value instanceof File && fileName === undefined) return value;
    return new File([value], fileName === undefined ? "blob" : String(fileName), {
      type: value.type,
    });
  }

  class FormData {
    #entries = [];

    append(name, value, fileName) {
      if (arguments.length < 2) throw new TypeError("a name and a value are expected");
      this.#entries.push([String(name).toWellFormed(), entryValue(value, fileName)]);
    }
    set(name, value, fileName) {
      if (arguments.length < 2) throw new TypeError("a name and a value are expected");
      const key = String(name).toWellFormed();
      const entry = [key, entryValue(value, fileName)];
      const first = this.#entries.findIndex(([known]) => known === key);
      if (first < 0) {
        this.#entries.push(entry);
        return;
      }
      this.#entries = this.#entries.filter(([known], index) => known !== key || index === first);
      this.#entries[first] = entry;
    }
    delete(name) {
      this.#entries = this.#entries.filter(([known]) => known !== String(name));
    }
    get(name) {
      return this.#entries.find(([known]) => known === String(name))?.[1] ?? null;
    }
    getAll(name) {
      return this.#entries.filter(([known]) => known === String(name)).map(([, value]) => value);
    }
    has(name) {
      return this.#entries.some(([known]) => known === String(name));
    }
    forEach(callback, self) {
      for (const [name, value] of this) callback.call(self, value, name, this);
    }
    *entries() {
      for (const [name, value] of this.#entries) yield [name, value];
    }
    *keys() {
      for (const [name] of this.#entries) yield name;
    }
    *values() {
      for (const [, value] of this.#entries) yield value;
    }
    [Symbol.iterator]() {
      return this.entries();
    }
    get [Symbol.toStringTag]() {
      return "FormData";
    }
  }

  function escapeName(name) {
    return name
      .replace(/\r\n?|\n/g, "\r\n")
      .replace(/\r/g, "%0D")
      .replace(/\n/g, "%0A")
      .replace(/"/g, "%22");
  }

  internal.encodeFormData = (form) => {
    const boundary = `----form-${crypto.randomUUID().replaceAll("-", "")}`;
    const encoder = new TextEncoder();
    const parts = [];
    for (const [name, value] of form) {
      let head = `--${boundary}\r\nContent-Disposition: form-data; name="${escapeName(name)}"`;
      if (value instanceof File) {
        const type = value.type || "application/octet-stream";
        head += `; filename="${escapeName(value.name)}"\r\nContent-Type: ${type}`;
      }
      parts.push(encoder.encode(`${head}\r\n\r\n`));
      const bytes =
        value instanceof File
          ? internal.blobBytes(value)
          : encoder.encode(value.replace(/\r\n?|\n/g, "\r\n"));
      parts.push(bytes, encoder.encode("\r\n"));
    }
    parts.push(encoder.encode(`--${boundary}--\r\n`));
    return {
      bytes: internal.concatBytes(parts),
      type: `multipart/form-data; boundary=${boundary}`,
    };
  };

  function latin1(bytes) {
    return new TextDecoder("latin1").decode(bytes);
  }

  // Bytes as one text of Latin-1 units keep their positions: parts are cut from the bytes.
  internal.decodeFormData = (bytes, boundary) => {
    const form = new FormData();
    const text = latin1(bytes);
    const mark = `--${boundary}`;
    let start = text.indexOf(mark);
    while (start >= 0) {
      start += mark.length;
      if (text.startsWith("--", start)) return form;
      const headEnd = text.indexOf("\r\n\r\n", start);
      const end = text.indexOf(`\r\n${mark}`, headEnd);
      if (headEnd < 0 || end < 0) break;
      const head = new TextDecoder().decode(bytes.subarray(start, headEnd));
      appendPart(form, head, bytes.subarray(headEnd + 4, end));
      start = end + 2;
    }
    throw new TypeError("the body is not multipart/form-data");
  };

  function appendPart(form, head, content) {
    const name = /[;\s]name="([^"]*)"/i.exec(head);
    if (name === null) throw new TypeError("a part of the body has no name");
    const fileName = /filename="([^"]*)"/i.exec(head);
    const type = /\r\ncontent-type:\s*([^\r\n]*)/i.exec(head);
    if (fileName === null) form.append(name[1], new TextDecoder().decode(content));
    else form.append(name[1], new File([content], fileName[1], { type: type?.[1] ?? "" }));
  }

  internal.defineGlobal("FormData", FormData);
})
