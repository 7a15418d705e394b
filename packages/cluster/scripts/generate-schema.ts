/**
 * Writes src/generated/schema.json: the OpenAPI v2 definitions of a running kube-apiserver (v1.36.3), minified, with the few
 * defaults that OpenAPI v2 does not carry but structured merge needs (they identify items of keyed lists).
 *
 *     node scripts/generate-schema.ts <schema-v1.36.json>
 */
import { readFileSync, writeFileSync } from "node:fs";

/** "<definition>.<field>" → default, for optional fields that are keys of list-type map. */
const KEY_DEFAULTS: Record<string, string> = {
  "io.k8s.api.core.v1.ContainerPort.protocol": "TCP",
  "io.k8s.api.core.v1.ServicePort.protocol": "TCP",
  "io.k8s.api.core.v1.LocalObjectReference.name": "",
};

const [source] = process.argv.slice(2);
if (!source) throw new Error("usage: node scripts/generate-schema.ts <schema-v1.36.json>");
const { kubernetes, definitions } = JSON.parse(readFileSync(source, "utf8"));
for (const [path, value] of Object.entries(KEY_DEFAULTS)) {
  const dot = path.lastIndexOf(".");
  definitions[path.slice(0, dot)].properties[path.slice(dot + 1)].default = value;
}
const target = new URL("../src/generated/schema.json", import.meta.url);
writeFileSync(target, `${JSON.stringify({ kubernetes, definitions })}\n`);
