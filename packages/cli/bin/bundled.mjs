// What the bundle of the CLI starts with (scripts/bundle-cli.ts).
import { enableCompileCache } from "node:module";

// V8 keeps here what it compiled, for the next start.
if (process.getBuiltinModule("module").enableCompileCache)
  enableCompileCache(`${import.meta.dirname}/.compiled`);
try {
  await import("../src/main.ts");
} catch (thrown) {
  const [major, minor] = process.versions.node.split(".").map(Number);
  if (major > 22 || (major === 22 && minor >= 18)) throw thrown;
  process.stderr.write(`✗ this needs Node 22.18 or newer; the one here is ${process.version}\n`);
  process.exit(1);
}
