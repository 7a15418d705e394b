import { readFileSync } from "node:fs";
import { mergeValues, type Values } from "@sluice/helm";
import type { Shell } from "../shell.ts";
import type { ValueOptions } from "./flags.ts";
import { goWords } from "./report.ts";

/**
 * What the values flags say together.
 * @throws in Helm's words, if a file is not there or a flag cannot be read
 */
export async function valuesOf(options: ValueOptions, shell: Pick<Shell, "signal" | "env">): Promise<Values> {
  const files: { name: string; data: Uint8Array }[] = [];
  for (const name of options.values ?? []) files.push({ name, data: await contentOf(name, shell) });
  return mergeValues({ ...options, files, readFile: (path) => String(readLocal(path)) });
}

async function contentOf(name: string, { signal, env }: Pick<Shell, "signal" | "env">): Promise<Uint8Array> {
  if (name.trim() === "-") return readFileSync(0);
  if (!/^https?:\/\//.test(name)) return readLocal(name);
  const { download } = await import("./download.ts");
  return download(name, { signal, env, what: "values" });
}

function readLocal(path: string): Buffer {
  try {
    return readFileSync(path);
  } catch (thrown) {
    throw goWords(thrown, (thrown as NodeJS.ErrnoException).code === "EISDIR" ? "read" : "open", path);
  }
}
