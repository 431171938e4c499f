// Request and Response (Fetch Standard, 5.4–5.5); modes of browsers have no meaning here.
(function (internal) {
  "use strict";
  const { Body, extractBody } = internal;
  const RECEIVED = Symbol("received");
  const NULL_BODY = new Set([101, 103, 204, 205, 304]);
  const REDIRECTS = ["follow", "error", "manual"];

  function checkedMethod(method) {
    const text = String(method);
    const upper = text.toUpperCase();
    if (!/^[!#$%&'*+\-.^_`|~\w]+$/.test(text) || ["CONNECT", "TRACE", "TRACK"].includes(upper)) {
      throw new TypeError(`invalid method ${JSON.stringify(text)}`);
    }
    return ["DELETE", "GET", "HEAD", "OPTIONS", "PATCH", "POST", "PUT"].includes(upper)
      ? upper
      : text;
  }

  function checkedUrl(input) {
    const url = new URL(String(input));
    if (url.username || url.password) throw new TypeError("a URL must not carry credentials");
    if (url.protocol !== "http:" && url.protocol !== "https:") {
      throw new TypeError(`只支持 http 和 https / only http and https: ${url.protocol}`);
    }
    url.hash = "";
    return url.href;
  }

  class Request extends Body {
    #url;
    #method;
    #headers;
    #redirect;
    #signal;

    constructor(input, init = {}) {
      const source = input instanceof Request ? input : null;
      const method = checkedMethod(init.method ?? source?.method ?? "GET");
      const { bytes, type } = bodyOf(source, init, method);
      super(bytes);
      this.#url = source ? source.url : checkedUrl(input);
      this.#method = method;
      this.#headers = new Headers(init.headers ?? source?.headers);
      if (type && !this.#headers.has("content-type")) this.#headers.set("content-type", type);
      this.#redirect = init.redirect ?? source?.redirect ?? "follow";
      if (!REDIRECTS.includes(this.#redirect)) throw new TypeError("no such redirect mode");
      this.#signal = init.signal ?? source?.signal ?? null;
    }
    get url() {
      return this.#url;
    }
    get method() {
      return this.#method;
    }
    get headers() {
      return this.#headers;
    }
    get redirect() {
      return this.#redirect;
    }
    get signal() {
      return this.#signal;
    }
    clone() {
      return new Request(this);
    }
    get [Symbol.toStringTag]() {
      return "Request";
    }
  }

  function bodyOf(source, init, method) {
    const { bytes, type } =
      init.body === undefined && source
        ? { bytes: Body.bytesOf(source), type: null }
        : extractBody(init.body);
    if (bytes !== null && (method === "GET" || method === "HEAD")) {
      throw new TypeError(`${method} has no body`);
    }
    return { bytes, type };
  }

  class Response extends Body {
    #status;
    #statusText;
    #headers;
    #url = "";
    #redirected = false;
    #type = "default";

    constructor(body = null, { status = 200, statusText = "", headers } = {}) {
      const { bytes, type } = extractBody(body);
      if (!Number.isInteger(+status) || status < 200 || status > 599) {
        throw new RangeError("a status is a number from 200 to 599");
      }
      if (bytes !== null && NULL_BODY.has(+status)) throw new TypeError(`${status} has no body`);
      super(bytes);
      this.#status = +status;
      this.#statusText = String(statusText);
      this.#headers = new Headers(headers);
      if (type && !this.#headers.has("content-type")) this.#headers.set("content-type", type);
    }
    get status() {
      return this.#status;
    }
    get ok() {
      return this.#status >= 200 && this.#status < 300;
    }
    get statusText() {
      return this.#statusText;
    }
    get headers() {
      return this.#headers;
    }
    get url() {
      return this.#url;
    }
    get redirected() {
      return this.#redirected;
    }
    get type() {
      return this.#type;
    }
    clone() {
      const copy = new Response(null, this);
      return Response.#rebuilt(Body.bytesOf(this), this, copy);
    }
    static json(data, init = {}) {
      const headers = new Headers(init.headers);
      if (!headers.has("content-type")) headers.set("content-type", "application/json");
      return new Response(JSON.stringify(data), { ...init, headers });
    }
    static error() {
      const response = new Response();
      response.#status = 0;
      response.#type = "error";
      return response;
    }
    static redirect(url, status = 302) {
      if (![301, 302, 303, 307, 308].includes(+status)) throw new RangeError("no redirect status");
      return new Response(null, { status, headers: { location: new URL(String(url)).href } });
    }
    static #rebuilt(bytes, source, { status }) {
      const response = new Response(NULL_BODY.has(status) ? null : bytes, source);
      response.#url = source.url;
      response.#redirected = source.redirected;
      response.#type = source.type;
      return response;
    }
    // What the host brought; its headers were checked by the host.
    static [RECEIVED](answer, bytes) {
      const { status, statusText, headers } = answer;
      const content = NULL_BODY.has(status) ? null : bytes;
      const response = new Response(content, { status, statusText });
      response.#headers = new Headers(headers);
      response.#url = answer.url;
      response.#redirected = answer.redirected;
      response.#type = "basic";
      return response;
    }
    get [Symbol.toStringTag]() {
      return "Response";
    }
  }

  internal.receive = Response[RECEIVED];
  delete Response[RECEIVED];
  internal.defineGlobal("Request", Request);
  internal.defineGlobal("Response", Response);
})
