/** Node's own modules in a bundle that starts fast: each is loaded when it is first used, not when it is imported. */
import { isBuiltin } from "node:module";
import type { Plugin } from "esbuild";

const LAZY = "lazy-builtin";

/**
 * Turns `import … from "node:x"` into functions that ask for the module when they are called. An import statement would
 * run every getter of the module to fill its namespace: node:process and node:crypto alone cost 12 ms of a start.
 */
export const lazyBuiltins: Plugin = {
  name: "lazy builtins",
  setup(build) {
    build.onResolve({ filter: /^(node:)?[a-z_/0-9]+$/ }, ({ path, kind, importer }) => {
      if (!isBuiltin(path)) return undefined;
      if (kind !== "import-statement") return { path, external: true };
      const name = path.replace(/^node:/, "");
      if (name === "crypto" && !importer.endsWith(shortHash))
        return { path: name, namespace: `${LAZY}-hash`, sideEffects: false };
      // commander starts subcommands that are files of their own, of which there are none
      const never = name === "child_process" && importer.includes("/commander/");
      return { path: name, namespace: never ? `${LAZY}-default` : LAZY, sideEffects: false };
    });
    build.onLoad({ filter: /.*/, namespace: LAZY }, ({ path }) => ({ contents: facadeOf(path) }));
    build.onLoad({ filter: /.*/, namespace: `${LAZY}-hash` }, ({ path }) => ({
      contents: `export { createHash } from "../${shortHash}"; ${facadeOf(path, "createHash")}`,
      resolveDir: import.meta.dirname,
    }));
    build.onLoad({ filter: /.*/, namespace: `${LAZY}-default` }, ({ path }) => ({
      contents: `export default { get spawn() { return ${askFor(path)}.spawn; } };`,
    }));
  },
};

const askFor = (name: string) => `process.getBuiltinModule(${JSON.stringify(name)})`;

/** Its createHash stands in for Node's. */
const shortHash = "packages/cli/src/sha256.ts";

/** What nobody imports of it falls out of the bundle. */
function facadeOf(name: string, without = "default"): string {
  const module = process.getBuiltinModule(name) as unknown as Record<string, unknown>;
  const lines = Object.keys(module)
    .filter((key) => key !== "default" && key !== without && /^[\w$]+$/.test(key))
    .map((key) => {
      const value = lazyValue(name, key, module[key]);
      return `const lazy_${key} = ${value}; export { lazy_${key} as ${key} };`;
    });
  const whole =
    name === "process"
      ? "process"
      : costly.has(name)
        ? standIn(askFor(name))
        : `/* @__PURE__ */ (() => ${askFor(name)})()`;
  return `${lines.join("\n")}\nexport default ${whole};`;
}

function lazyValue(name: string, key: string, value: unknown): string {
  const now = `${askFor(name)}.${key}`;
  if (isCallable(value)) return `(...args) => ${now}(...args)`;
  if (!costly.has(name)) return `/* @__PURE__ */ (() => ${now})()`;
  if (typeof value !== "function") return standIn(now);
  // A class that stands for itself until it is made, extended or asked for something.
  const traps = [
    `construct: (_, args, made) => Reflect.construct(${now}, args, made === lazy_${key} ? ${now} : made)`,
    `get: (_, field) => ${now}[field]`,
  ];
  return `/* @__PURE__ */ new Proxy(function () {}, { ${traps.join(", ")} })`;
}

/** An object that is asked for with its first field. */
const standIn = (object: string): string =>
  `/* @__PURE__ */ new Proxy({}, { get: (_, field) => { const object = ${object}; const value = object[field]; ` +
  `return typeof value === "function" ? value.bind(object) : value; }, has: (_, field) => field in ${object} })`;

/** Modules that cost milliseconds, and of which chunks hold classes that most commands do not need. */
const costly = new Set(["crypto", "net"]);

/** A plain function; not a class, and not one that carries more, such as `promisify.custom` or `inspect.custom`. */
function isCallable(value: unknown): value is () => unknown {
  return (
    typeof value === "function" &&
    /^[a-z]/.test(value.name) &&
    Reflect.ownKeys(value).every((key) =>
      ["length", "name", "prototype", "arguments", "caller"].includes(String(key)),
    )
  );
}
