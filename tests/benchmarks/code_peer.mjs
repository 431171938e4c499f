// A peer of code blocks: node's vm in a pooled worker, a fresh context for each execution.
// Not a boundary (input.constructor.constructor leads out of it); it is here for its speed.
import { readFileSync } from "node:fs";
import { createInterface } from "node:readline";
import { isMainThread, parentPort, Worker, workerData } from "node:worker_threads";
import vm from "node:vm";

if (isMainThread) {
  const worker = new Worker(new URL(import.meta.url), { workerData: process.argv[2] });
  const lines = createInterface({ input: process.stdin });
  worker.on("message", (result) => process.stdout.write(`${result}\n`));
  lines.on("line", (line) => worker.postMessage(line));
  lines.on("close", () => process.exit());
} else {
  const lodash = readFileSync(workerData, "utf8");
  const wrapped = `(function(){const module={exports:{}};${lodash}\nglobalThis._=module.exports})()`;
  const cachedData = new vm.Script(wrapped).createCachedData();
  const library = new vm.Script(wrapped, { cachedData });
  parentPort.on("message", (line) => {
    const { code, input } = JSON.parse(line);
    const context = vm.createContext({ text: input });
    if (code.includes("_.")) library.runInContext(context);
    const source = `JSON.stringify((function(input){${code}\n})(JSON.parse(text)))`;
    parentPort.postMessage(vm.runInContext(source, context, { timeout: 10_000 }));
  });
}
