// What the language brings and the caller's code does not get.
(function (internal) {
  "use strict";
  // Shared memory and clocks finer than a millisecond; machine code by the caller's own hand.
  for (const name of ["Atomics", "SharedArrayBuffer", "WebAssembly"]) delete globalThis[name];
  internal.defineGlobal("console", internal.disabledConsole);
})
