// Bundles entries/ into functions/code_executor/modules: `make bundle`; `--check` compares only.
import { createHash } from "node:crypto";
import { createRequire } from "node:module";
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

const here = dirname(fileURLToPath(import.meta.url));
const output = join(here, "../../../functions/code_executor/modules");
const entries = readdirSync(join(here, "entries")).sort();

const regroupPinyin = {
  name: "regroup-pinyin",
  setup({ onLoad }) {
    onLoad({ filter: /pinyin\/data\/dict-zi\.js$/ }, ({ path }) => {
      const groups = {};
      Object.entries(createRequire(path)(path)).forEach(([code, reading]) => {
        groups[reading] = (groups[reading] ?? "") + String.fromCodePoint(Number(code));
      });
      return { contents: `module.exports = ${JSON.stringify(groups)};` };
    });
  },
};

async function bundle(entry) {
  const result = await build({
    entryPoints: [join(here, "entries", entry)],
    bundle: true,
    plugins: [regroupPinyin],
    write: false,
    metafile: true,
    absWorkingDir: here,
    format: "cjs",
    // The web's own classes must not look for a browser's: they are what is missing here.
    platform: entry === "web.js" ? "neutral" : "browser",
    mainFields: ["browser", "module", "main"],
    // Stacks stop at the caller's own line: names inside a library are of no use to anybody.
    minify: true,
    target: "es2024",
    legalComments: "none",
    charset: "utf8",
    define: { global: "globalThis", "process.env.NODE_ENV": '"production"' },
  });
  return { text: result.outputFiles[0].text, inputs: Object.keys(result.metafile.inputs) };
}

function packagesOf(inputs) {
  const names = inputs
    .map((path) => path.match(/^node_modules\/((?:@[^/]+\/)?[^/]+)\//)?.[1])
    .filter(Boolean);
  return [...new Set(names)].sort();
}

function licence(name) {
  const folder = join(here, "node_modules", name);
  const about = JSON.parse(readFileSync(join(folder, "package.json"), "utf8"));
  const file = readdirSync(folder).find((entry) => /^licen[cs]e/i.test(entry));
  const text = file
    ? readFileSync(join(folder, file), "utf8").trim()
    : `${about.license}, by ${about.author?.name ?? about.author}`;
  return `${name} ${about.version} (${about.license})\n\n${text}\n`;
}

async function buildAll() {
  const files = {};
  const digests = {};
  const packages = new Set();
  for (const entry of entries) {
    const { text, inputs } = await bundle(entry);
    files[entry] = text;
    digests[basename(entry, ".js")] = createHash("sha256").update(text).digest("hex");
    packagesOf(inputs).forEach((name) => packages.add(name));
  }
  files["manifest.json"] = `${JSON.stringify(digests, null, 2)}\n`;
  files["LICENSES.txt"] = [...packages].sort().map(licence).join(`\n${"-".repeat(80)}\n\n`);
  return files;
}

const files = await buildAll();
const check = process.argv.includes("--check");
const different = [];
for (const [name, text] of Object.entries(files)) {
  const path = join(output, name);
  if (!check) writeFileSync(path, text);
  else if (readFileSync(path, "utf8") !== text) different.push(name);
}
const unknown = readdirSync(output).filter((name) => !(name in files));
if (different.length || unknown.length) {
  console.error(`not what the pinned packages make: ${[...different, ...unknown].join(", ")}`);
  process.exit(1);
}
