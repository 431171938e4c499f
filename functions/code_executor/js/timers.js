// Timers: kept here in the order they are due; the host only knows when to come back.
(function (internal) {
  "use strict";
  const { apply, arrayShift, arraySplice, dateNow, mathMax, mathMin } = internal.primordials;
  const MAX_TIMERS = 10_000;
  const MAX_DELAY = 2_147_483_647;
  const waiting = [];
  let lastId = 0;

  function add(callback, delay, args, interval) {
    if (typeof callback !== "function") {
      throw new TypeError("a timer needs a function");
    }
    if (waiting.length >= MAX_TIMERS) {
      throw new RangeError(`定时器超过 ${MAX_TIMERS} 个 / more than ${MAX_TIMERS} timers`);
    }
    const wait = mathMin(mathMax(+delay || 0, 0), MAX_DELAY);
    const timer = { id: ++lastId, due: dateNow() + wait, callback, args, wait, interval };
    insert(timer);
    return timer.id;
  }

  // After those due at the same moment: they run in the order they were made.
  function insert(timer) {
    let low = 0;
    let high = waiting.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (waiting[middle].due <= timer.due) low = middle + 1;
      else high = middle;
    }
    arraySplice(waiting, low, 0, timer);
  }

  function remove(id) {
    for (let i = 0; i < waiting.length; i++) {
      if (waiting[i].id === +id) {
        arraySplice(waiting, i, 1);
        return;
      }
    }
  }

  // Milliseconds until the next timer is due; -1 without one.
  internal.untilNextTimer = () => {
    return waiting.length === 0 ? -1 : mathMax(0, waiting[0].due - dateNow());
  };

  internal.forgetTimers = () => {
    waiting.length = 0;
    lastId = 0;
  };

  // One timer a turn, so that promises settle between two of them, as everywhere else.
  internal.runTimer = () => {
    if (waiting.length === 0 || waiting[0].due > dateNow()) return;
    const timer = arrayShift(waiting);
    if (timer.interval) {
      timer.due = dateNow() + mathMax(timer.wait, 1);
      insert(timer);
    }
    apply(timer.callback, undefined, timer.args);
  };

  const globals = {
    setTimeout: (callback, delay, ...args) => add(callback, delay, args, false),
    setInterval: (callback, delay, ...args) => add(callback, delay, args, true),
    setImmediate: (callback, ...args) => add(callback, 0, args, false),
    clearTimeout: remove,
    clearInterval: remove,
    clearImmediate: remove,
    queueMicrotask(callback) {
      if (typeof callback !== "function") throw new TypeError("a function is expected");
      const { Promise, promiseThen } = internal.primordials;
      promiseThen(Promise.resolve(), () => {
        try {
          callback();
        } catch (error) {
          internal.fail(error);
        }
      });
    },
  };
  for (const name of Object.keys(globals)) internal.defineGlobal(name, globals[name]);
  internal.addTimer = (callback, delay) => add(callback, delay, [], false);

  let origin = dateNow();
  internal.restartClock = () => {
    origin = dateNow();
  };
  class Performance {
    get timeOrigin() {
      return origin;
    }
    now() {
      return dateNow() - origin;
    }
  }
  internal.defineGlobal("performance", new Performance());
})
