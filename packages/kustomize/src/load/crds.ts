import { parse } from "@sluice/yaml";
import { emptyConfig, mergeConfig, type TransformerConfig } from "../config.ts";
import { fail, within } from "../errors.ts";
import type { FieldSpec } from "../fieldspec.ts";
import { isMap } from "../node.ts";

type Properties = { [name: string]: Property };
type Property = { $ref?: string; [extension: `x-${string}`]: unknown };
type Definitions = { [type: string]: { Schema?: { properties?: Properties } } };

/**
 * Field specs from OpenAPI definitions of custom resources (the `crds` field): which of their fields hold labels,
 * annotations, names and references, by extensions such as `x-kubernetes-object-ref-kind`.
 */
export function configFromCrds(text: string, file: string): TransformerConfig {
  const document = within(`unable to parse open API definition from '${file}'`, () => parse(text, { file }));
  const definitions = (isMap(document) ? document : {}) as unknown as Definitions;
  let config = emptyConfig();
  for (const [name, definition] of Object.entries(definitions)) {
    if (!isMap(definition)) notDefinitions(file, name);
    const properties = propertiesOf(definition);
    if (!properties.kind || !properties.apiVersion || !properties.metadata) continue;
    const kind = name.split(".").pop()!;
    const own = emptyConfig();
    collect(own, kind, definitions, name, [], new Set());
    config = mergeConfig(config, own);
  }
  return config;
}

function notDefinitions(file: string, name: string): never {
  return fail(
    "invalid-config",
    `unable to parse open API definition from '${file}': "${name}" is no definition; crds takes OpenAPI definitions by type ` +
      "name (a CustomResourceDefinition belongs under resources)",
    { file },
  );
}

function propertiesOf(definition: Definitions[string] | undefined): Properties {
  return isMap(definition) && isMap(definition.Schema) && isMap(definition.Schema.properties)
    ? (definition.Schema.properties as unknown as Properties)
    : {};
}

function collect(
  config: TransformerConfig,
  kind: string,
  definitions: Definitions,
  type: string,
  path: string[],
  seen: Set<string>,
): void {
  if (seen.has(type)) return; // A type that holds itself would never end.
  for (const [name, property] of Object.entries(propertiesOf(definitions[type]))) {
    if (!isMap(property)) continue;
    const at = [...path, name];
    const spec = (...more: string[]): FieldSpec => ({
      kind,
      path: [...at, ...more].join("/"),
      create: false,
    });
    if (typeof property["x-kubernetes-annotation"] === "string") config.commonAnnotations.push(spec());
    if (typeof property["x-kubernetes-label-selector"] === "string") config.commonLabels.push(spec());
    if (typeof property["x-kubernetes-identity"] === "string") config.namePrefix.push(spec());
    const version = property["x-kubernetes-object-ref-api-version"];
    const target = property["x-kubernetes-object-ref-kind"];
    if (typeof version === "string" && typeof target === "string") {
      const key = property["x-kubernetes-object-ref-name-key"];
      config.nameReference.push({
        kind: target,
        version,
        fieldSpecs: [spec(typeof key === "string" ? key : "name")],
      });
    }
    if (typeof property.$ref === "string") {
      collect(config, kind, definitions, property.$ref, at, new Set([...seen, type]));
    }
  }
}
