// What the bundle of the CLI starts with, as `sluice.cjs` (scripts/bundle-cli.ts): runs the chunks of a program with what V8
// compiled of them before. Plain CommonJS: Node's loader of modules would take 6 ms.
const { existsSync, readFileSync, renameSync, writeFileSync } = require("node:fs");
const { Script } = require("node:vm");

const folder = `${__dirname}/PROGRAM`;
const command = /^[a-z_]+$/.exec(process.argv[2] ?? "")?.[0] ?? "main";
// The commands that people run most have their chunks in a file of their own, the others in one.
const first = chunksOf(existsSync(`${folder}/${command}.cjs`) ? command : "main");
let all;
const loaded = {};

/** What `import()` is to them; what is no chunk lies beside this file. */
load.later = async (id) => (isChunk(id) ? load(id) : import(id));
load
  .later("./main.mjs")
  .then(({ done }) => done)
  .catch((thrown) => {
    const [major, minor] = process.versions.node.split(".").map(Number);
    if (major > 22 || (major === 22 && minor >= 18)) throw thrown;
    process.stderr.write(`✗ this needs Node 22.18 or newer; the one here is ${process.version}\n`);
    process.exit(1);
  });

function isChunk(id) {
  return id.startsWith("./");
}

/** What `require` is to the chunks: runs the chunk `id` when it is first asked for. */
function load(id) {
  if (!isChunk(id)) return require(id);
  if (!loaded[id]) {
    const chunk = first[id] ?? (all ??= chunksOf("all"))[id];
    loaded[id] = { exports: {} };
    chunk(loaded[id].exports, load, loaded[id]);
  }
  return loaded[id].exports;
}

/**
 * The functions in a file of the program. What V8 compiled for this command lies beside it; it is written after a run, when
 * it holds all functions that were needed. Node's own compile cache has those only that run in any case.
 */
function chunksOf(name) {
  const filename = `${folder}/${name}.cjs`;
  const compiled = `${folder}/${name}-${command}-${process.version}-${process.arch}`;
  const cachedData = readIfThere(compiled);
  // all of it is ASCII
  const script = new Script(readFileSync(filename, "latin1"), { filename, cachedData });
  if (script.cachedDataRejected !== false)
    process.on("exit", (code) => code === 0 && keep(compiled, script.createCachedData()));
  return script.runInThisContext();
}

function readIfThere(path) {
  try {
    return readFileSync(path);
  } catch {
    return undefined;
  }
}

/** Where nothing can be written, the next start takes longer. */
function keep(path, data) {
  try {
    writeFileSync(`${path}.${process.pid}`, data);
    renameSync(`${path}.${process.pid}`, path);
  } catch {}
}
