/**
 * Writes src/generated/wire.json: the protobuf field numbers of the definitions in schema.json, read off the struct tags of Kubernetes' Go types.
 *
 *     node scripts/generate-wire.ts <directory of k8s.io modules in Go's module cache> <version, e.g. v0.36.3>
 *
 * A definition is a map from field number to field name; `~name` is left out when it is zero (Go's omitempty on a value that is not a
 * pointer); a nested map is a struct whose fields lie inline in JSON.
 */
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

type Field = { number: string; json: string; inline: boolean; type: string; omit: boolean };
type Row = { [number: string]: string | Row };

const [modules, version] = process.argv.slice(2);
if (!modules || !version) throw new Error("usage: node scripts/generate-wire.ts <k8s.io modules> <version>");

/** How a definition's name begins, and where its package lies. */
const ROOTS: [prefix: string, directory: string][] = [
  ["io.k8s.api.", `api@${version}`],
  ["io.k8s.apimachinery.pkg.apis.", `apimachinery@${version}/pkg/apis`],
  ["io.k8s.apiextensions-apiserver.pkg.apis.", `apiextensions-apiserver@${version}/pkg/apis`],
  ["io.k8s.kube-aggregator.pkg.apis.", `kube-aggregator@${version}/pkg/apis`],
];

const packages = new Map<string, Map<string, Field[]>>();

function structsIn(directory: string): Map<string, Field[]> {
  const known = packages.get(directory);
  if (known) return known;
  const structs = new Map<string, Field[]>();
  packages.set(directory, structs);
  for (const file of readdirSync(directory)) {
    if (
      !file.endsWith(".go") ||
      file.startsWith("zz_") ||
      file.includes("generated") ||
      file.endsWith("_test.go")
    )
      continue;
    const text = readFileSync(join(directory, file), "utf8");
    for (const match of text.matchAll(/^type (\w+) struct \{\n([\s\S]*?)^\}/gm))
      structs.set(match[1]!, fieldsIn(match[2]!));
  }
  return structs;
}

function fieldsIn(body: string): Field[] {
  const pattern = /^\s+(?:(\w+)\s+)?([\w.*[\]]+)\s+`json:"([^"]*)"[^`\n]*protobuf:"\w+,(\d+)/gm;
  return [...body.matchAll(pattern)].map(([, , type, tag, number]) => {
    const [json = "", ...flags] = tag!.split(",");
    const omit = (flags.includes("omitempty") || flags.includes("omitzero")) && !type!.startsWith("*");
    return { number: number!, json, inline: flags.includes("inline"), type: type!.replace("*", ""), omit };
  });
}

function rowOf(directory: string, struct: string): Row {
  const row: Row = {};
  for (const { number, json, inline, type, omit } of structsIn(directory).get(struct) ?? []) {
    if (inline) row[number] = rowOf(...locate(directory, type));
    else row[number] = omit ? `~${json}` : json;
  }
  return row;
}

/** The package of an embedded type: its own, or the one behind the few import names in use. */
function locate(directory: string, type: string): [directory: string, struct: string] {
  const [alias, struct] = type.split(".");
  if (struct === undefined) return [directory, type];
  const packageOf: Record<string, string> = {
    metav1: join(modules!, `apimachinery@${version}/pkg/apis/meta/v1`),
    v1: join(modules!, `api@${version}/core/v1`),
    corev1: join(modules!, `api@${version}/core/v1`),
  };
  const found = packageOf[alias!];
  if (!found) throw new Error(`${directory}: no package known for ${type}`);
  return [found, struct];
}

const here = import.meta.dirname;
const { definitions } = JSON.parse(readFileSync(join(here, "../src/generated/schema.json"), "utf8"));
const wire: Record<string, Row> = {};
for (const name of Object.keys(definitions)) {
  const root = ROOTS.find(([prefix]) => name.startsWith(prefix));
  if (!root) continue;
  const parts = name.slice(root[0].length).split(".");
  const struct = parts.pop()!;
  const row = rowOf(join(modules, root[1], ...parts), struct);
  if (Object.keys(row).length > 0) wire[name] = row;
}
const lines = Object.entries(wire).map(([name, row]) => `${JSON.stringify(name)}:${JSON.stringify(row)}`);
writeFileSync(join(here, "../src/generated/wire.json"), `{\n${lines.join(",\n")}\n}\n`);
