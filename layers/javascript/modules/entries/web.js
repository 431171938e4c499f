// The web's text and URL classes. URL makes an encoder while it loads, so encoding comes first.
const { TextDecoder, TextEncoder } = require("@exodus/bytes/encoding.js");

Object.assign(globalThis, { TextDecoder, TextEncoder });
const { URL, URLSearchParams } = require("whatwg-url");

module.exports = { TextDecoder, TextEncoder, URL, URLSearchParams };
