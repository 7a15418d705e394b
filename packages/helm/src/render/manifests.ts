/** From what templates print to manifests and hooks, in order. */
import { compareBytes } from "@sluice/yaml";
import { ChartError } from "../errors.ts";
import { logLine, type Warn } from "../values/warn.ts";
import { type Head, readHead } from "./head.ts";
import { type Hook, roleOf } from "./hooks.ts";
import { isBlank, sortByKind, splitManifests } from "./order.ts";
import { baseName } from "./paths.ts";
import { type Notes, originOf, remember } from "./provenance.ts";

/** A manifest that Helm installs. */
export type Manifest = {
  /** Its template: `web/templates/service.yaml`. */
  path: string;
  text: string;
  head: Head;
};

/** What a template printed. */
export type Printed = {
  text: string;
  /** Whether it printed something that is no UTF-8, so that `text` is not quite it. */
  broken: boolean;
  /** What its template did meanwhile. */
  notes?: Notes;
};

/**
 * Cuts what templates printed into manifests and hooks, each in the order in which Helm installs their kinds.
 * helm/pkg/release/v1/util/manifest_sorter.go, SortManifests.
 * @param files what was printed, by the names of the templates
 * @throws {ChartError} `YAML parse error on …`
 */
export function sortManifests(
  files: ReadonlyMap<string, Printed>,
  warn: Warn,
): { manifests: Manifest[]; hooks: Hook[] } {
  const manifests: Manifest[] = [];
  const hooks: Hook[] = [];
  for (const path of [...files.keys()].sort(compareBytes)) {
    const { text, broken, notes } = files.get(path)!;
    if (baseName(path).startsWith("_") || isBlank(text)) continue;
    if (broken) refuseBytes(path);
    let reach = 0;
    for (const { text: manifest, offset } of splitManifests(text)) {
      const place = notes && { notes, printed: text, reach, offset, text: manifest };
      const noteFor = (made: object) => place && remember(made, place);
      const head = headOf(manifest, path, noteFor);
      const role = roleOf(head, path, manifest);
      const made = role.kind === "hook" ? role.hook : { path, text: manifest, head };
      noteFor(made);
      reach = offset + manifest.length;
      switch (role.kind) {
        case "manifest":
          manifests.push(made as Manifest);
          break;
        case "hook":
          hooks.push(role.hook);
          break;
        case "skipped":
          warn(logLine("INFO", "skipping unknown hooks", { hookTypes: role.events }));
          break;
      }
    }
  }
  return {
    manifests: sortByKind(manifests, ({ head }) => head.kind),
    hooks: sortByKind(hooks, ({ kind }) => kind),
  };
}

/** The head of a manifest. An error has the line of the template, if it is known. */
function headOf(text: string, file: string, noteFor: (made: object) => void): Head {
  try {
    return readHead(text, file);
  } catch (thrown) {
    if (!(thrown instanceof ChartError)) throw thrown;
    noteFor(thrown);
    const line = originOf(thrown, Number(/: line (\d+): /.exec(thrown.message)?.[1] ?? 1))?.line;
    throw new ChartError(thrown.code, thrown.message, { file, line, cause: thrown.cause });
  }
}

function refuseBytes(file: string): never {
  const words = "error converting YAML to JSON: yaml: invalid leading UTF-8 octet";
  throw new ChartError("bad-manifest", `YAML parse error on ${file}: ${words}`, { file });
}
