import { compareBytes } from "@sluice/yaml";
import { fail } from "../errors.ts";
import type { GeneratorArgs, GeneratorOptions } from "../load/kustomization.ts";
import type { Loader } from "../load/loader.ts";
import { isEmptyMap, type NodeMap, setMade } from "../node.ts";
import { newResource, type Resource, setStringMap } from "../resource.ts";
import { type Pair, readPairs } from "./key-values.ts";

/** A ConfigMap from literals, files and env files. What is no UTF-8 goes to binaryData. */
export function generateConfigMap(args: GeneratorArgs, loader: Loader): Resource {
  const data: NodeMap = {};
  const binaryData: NodeMap = {};
  for (const { key, value } of sorted(readPairs(args, loader))) {
    const text = utf8(value);
    if (text === undefined) setMade(binaryData, key, base64(value));
    else setMade(data, key, text);
  }
  const node: NodeMap = { ...base("ConfigMap", args) };
  if (!isEmptyMap(data)) node.data = data;
  if (!isEmptyMap(binaryData)) node.binaryData = binaryData;
  return finish(node, args);
}

/** A Secret from literals, files and env files. */
export function generateSecret(args: GeneratorArgs, loader: Loader): Resource {
  const data: NodeMap = {};
  for (const { key, value } of sorted(readPairs(args, loader))) setMade(data, key, base64(value));
  return finish({ ...base("Secret", args), type: args.type || "Opaque", data }, args);
}

/** Options of one generator with the kustomization's `generatorOptions` behind them. */
export function withGlobalOptions(args: GeneratorArgs, global: GeneratorOptions | undefined): GeneratorArgs {
  if (!global) return args;
  const own = args.options ?? {};
  return {
    ...args,
    options: {
      labels: merged(global.labels, own.labels),
      annotations: merged(global.annotations, own.annotations),
      disableNameSuffixHash: global.disableNameSuffixHash || own.disableNameSuffixHash,
      immutable: global.immutable || own.immutable,
    },
  };
}

const merged = (global?: Record<string, string>, own?: Record<string, string>) =>
  global || own ? { ...global, ...own } : undefined;

const sorted = (pairs: Pair[]): Pair[] => pairs.sort((a, b) => compareBytes(a.key, b.key));

function utf8(value: Buffer): string | undefined {
  const text = value.toString("utf8");
  return text.includes("\ufffd") && !Buffer.from(text).equals(value) ? undefined : text;
}

/** Base64 in lines of 70 characters; one line has no line break at its end. */
export function base64(value: Buffer): string {
  const text = value.toString("base64");
  if (text.length < 70) return text;
  return text.replace(/.{1,70}/g, "$&\n");
}

function base(kind: string, { name, namespace }: GeneratorArgs): NodeMap {
  if (!name) fail("invalid-config", "a configmap must have a name");
  const metadata: NodeMap = { name: name! };
  if (namespace) metadata.namespace = namespace;
  return { apiVersion: "v1", kind, metadata };
}

function finish(node: NodeMap, args: GeneratorArgs): Resource {
  const { labels, annotations, immutable, disableNameSuffixHash } = args.options ?? {};
  if (labels) setStringMap(node, "labels", Object.entries(labels));
  if (annotations) setStringMap(node, "annotations", Object.entries(annotations));
  if (immutable) node.immutable = true;
  const res = newResource(node);
  res.needsHash = !disableNameSuffixHash;
  res.behavior = ["create", "replace", "merge"].includes(args.behavior ?? "") ? args.behavior : "unspecified";
  return res;
}
