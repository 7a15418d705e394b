import type { Kind } from "./kind.ts";
import { annotations, defaultNamespace, disabledValue, labels, partOfFlux } from "./names.ts";
import type { KubeObject } from "./object.ts";
import type { OpenApi } from "./schema.ts";

/**
 * The CustomResourceDefinition of a kind (apiextensions.k8s.io/v1). All versions share one schema, so that
 * nothing is lost when an object is stored; see docs/decisions/0001-older-api-versions.md.
 */
export function crdOf(kind: Kind<any>): KubeObject {
  return {
    apiVersion: "apiextensions.k8s.io/v1",
    kind: "CustomResourceDefinition",
    metadata: {
      name: `${kind.plural}.${kind.group}`,
      // Descriptions hold ${…}, which is not for post-build substitution.
      annotations: { [annotations.kustomizeSubstitute]: disabledValue },
      labels: {
        [labels.component]: kind.controller,
        [labels.instance]: defaultNamespace,
        [labels.partOf]: partOfFlux,
      },
    },
    spec: {
      group: kind.group,
      names: {
        kind: kind.kind,
        listKind: kind.listKind,
        plural: kind.plural,
        singular: kind.singular,
        ...(kind.shortNames.length > 0 ? { shortNames: [...kind.shortNames] } : {}),
        categories: [...kind.categories],
      },
      scope: "Namespaced",
      versions: [
        versionOf(kind, kind.version),
        ...kind.deprecatedVersions.toReversed().map((version) => deprecatedVersionOf(kind, version)),
      ],
    },
  };
}

function versionOf(kind: Kind<any>, name: string) {
  return {
    name,
    served: true,
    storage: true,
    additionalPrinterColumns: kind.columns.map((column) => ({ ...column })),
    schema: { openAPIV3Schema: kind.openapi },
    ...(kind.status ? { subresources: { status: {} } } : {}),
  };
}

function deprecatedVersionOf(kind: Kind<any>, name: string) {
  return {
    ...versionOf(kind, name),
    storage: false,
    deprecated: true,
    deprecationWarning: deprecationWarning(kind, name),
    // The texts are in the current version; twice more would only weigh on the API server.
    schema: { openAPIV3Schema: withoutDescriptions(kind.openapi) },
  };
}

/** What the API server, and we for manifests, say about an object in an older version. */
function deprecationWarning(kind: Kind<any>, version: string): string {
  return `${kind.group}/${version} ${kind.kind} is deprecated; use ${kind.apiVersion}`;
}

function withoutDescriptions({ description: _, ...schema }: OpenApi): OpenApi {
  const { properties, items, additionalProperties } = schema;
  return {
    ...schema,
    ...(properties ? { properties: eachValue(properties, withoutDescriptions) } : {}),
    ...(items ? { items: withoutDescriptions(items) } : {}),
    ...(additionalProperties ? { additionalProperties: withoutDescriptions(additionalProperties) } : {}),
  };
}

function eachValue<A, B>(record: Record<string, A>, change: (value: A) => B): Record<string, B> {
  return Object.fromEntries(Object.entries(record).map(([key, value]) => [key, change(value)]));
}
