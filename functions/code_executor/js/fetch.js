// fetch (Fetch Standard, 5.6): the request goes to the host, which alone has a network.
(function (internal) {
  "use strict";
  const {
    arrayPush, fromBase64, jsonParse, jsonStringify, Promise, stringIndexOf, stringSlice, toBase64,
  } = internal.primordials;
  const { maxFetches, maxBodyBytes } = internal.host;
  const operations = [];
  const pending = { __proto__: null };
  let pendingCount = 0;
  let lastId = 0;

  // What the host has not taken yet, a line each.
  internal.takeOperations = () => {
    let lines = "";
    for (let i = 0; i < operations.length; i++) lines += `${jsonStringify(operations[i])}\n`;
    operations.length = 0;
    return lines;
  };
  internal.forgetRequests = () => {
    lastId = 0;
  };

  // How many answers are still to come.
  internal.pendingOperations = () => pendingCount;

  // Called on the answer, a line of JSON, and on its body, Base64 in the next line: one text.
  internal.deliver = function () {
    const end = stringIndexOf(this, "\n");
    const answer = jsonParse(stringSlice(this, 0, end));
    const waiting = pending[answer.id];
    if (waiting === undefined) return;
    delete pending[answer.id];
    pendingCount--;
    if (answer.error !== undefined) return waiting.reject(answer.error);
    waiting.resolve({ answer, bytes: fromBase64(stringSlice(this, end + 1)) });
  };

  // The host counts as well; here it costs nothing.
  function refuseBeyondLimits(bytes) {
    if (lastId >= maxFetches) {
      const message = `请求超过 ${maxFetches} 次 / more than ${maxFetches} requests`;
      throw networkError({ code: "ERR_TOO_MANY_REQUESTS", message });
    }
    if (bytes !== null && bytes.length > maxBodyBytes) {
      const message = `请求体过大 / a request body has more than ${maxBodyBytes} bytes`;
      throw networkError({ code: "ERR_REQUEST_TOO_LARGE", message });
    }
  }

  function send(request, bytes) {
    refuseBeyondLimits(bytes);
    const id = ++lastId;
    const { promise, resolve, reject } = Promise.withResolvers();
    pending[id] = { resolve, reject };
    pendingCount++;
    arrayPush(operations, {
      __proto__: null,
      op: "fetch",
      id,
      url: request.url,
      method: request.method,
      headers: [...request.headers],
      redirect: request.redirect,
      body: bytes === null ? null : toBase64(bytes),
    });
    return { id, promise };
  }

  function cancel(id) {
    if (pending[id] === undefined) return;
    delete pending[id];
    pendingCount--;
    arrayPush(operations, { __proto__: null, op: "cancel", id });
  }

  function networkError({ code, message }) {
    if (code === "ERR_TIMEOUT") return new internal.DOMException(message, "TimeoutError");
    const error = new TypeError(message);
    error.code = code;
    return error;
  }

  function whenAborted(signal, id) {
    return new Promise((_, reject) => {
      signal.addEventListener("abort", () => {
        cancel(id);
        reject(signal.reason);
      });
    });
  }

  // The error is made here, within the caller's await: its stack names the caller's line.
  async function fetch(input, init) {
    const request = new Request(input, init);
    const { signal } = request;
    signal?.throwIfAborted();
    const { id, promise } = send(request, internal.Body.bytesOf(request));
    let failure;
    const received = promise.catch((error) => {
      failure = error;
    });
    const done = await (signal ? Promise.race([received, whenAborted(signal, id)]) : received);
    if (failure !== undefined) throw networkError(failure);
    return internal.receive(done.answer, done.bytes);
  }

  internal.defineGlobal("fetch", fetch);
})
