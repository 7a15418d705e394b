import { finalizer } from "./names.ts";
import { apiVersionOf, type KubeObject, type ObjectMeta, type ObjectRef, splitApiVersion } from "./object.ts";
import type { Infer, OpenApi, Schema } from "./schema.ts";
import { fill, type Problem } from "./shape.ts";

/** A printer column of `kubectl get`; priority 1 shows only with `-o wide`. */
export type Column = { name: string; type: "string" | "date"; jsonPath: string; priority?: 1 };

/** What the author of a kind writes down; `kind` adds what follows from it. */
type Definition<Spec, Status> = {
  group: string;
  version: string;
  kind: string;
  plural: string;
  shortNames: readonly string[];
  categories: readonly string[];
  /** The controller that reconciles it, as its Deployment is named. */
  controller: string;
  description: string;
  columns: readonly Column[];
  spec: Schema<Spec, any>;
  /** Absent for kinds without a status subresource. */
  status?: Schema<Status, any>;
  /** Older versions that are still served, oldest first; they share the schema of `version`. */
  deprecatedVersions: readonly string[];
  /** Rewrites fields of older versions into today's; gets and returns a spec of the right shape. */
  modernize?: (spec: any) => any;
};

/** A kind of the API: how to address it over REST, its schema, and how to read one of its objects. */
export type Kind<T extends KubeObject = KubeObject> = Omit<Definition<unknown, unknown>, "modernize"> & {
  apiVersion: string;
  singular: string;
  listKind: string;
  namespaced: true;
  finalizer: string;
  /** The schema of the whole object, as the CRD carries it. */
  openapi: OpenApi;
  /**
   * Reads an object as it came from the API server or from a manifest, in any served version, and returns
   * it in today's: `apiVersion` and older fields rewritten, defaults filled in, unknown fields kept.
   * @throws {ShapeError} when it is not of this kind, or a part of it has the wrong type or is missing.
   */
  parse(raw: unknown): T;
  /** Whether `object` (or a reference to one) is of this kind, in whatever version. */
  matches(object: { apiVersion: string; kind: string }): boolean;
  /** A reference to the object `namespace`/`name` of this kind. */
  ref(namespace: string, name: string): ObjectRef;
};

/** The TypeScript type of the objects of a kind: `type GitRepository = KindOf<typeof gitRepository>`. */
export type KindOf<K> = K extends Kind<infer T> ? T : never;

type ObjectOf<Spec, Status> = {
  apiVersion: string;
  kind: string;
  metadata: ObjectMeta;
  spec: Spec;
  [field: string]: unknown;
} & (undefined extends Status ? unknown : { status: Status });

/** Says which object is malformed and everything that is wrong with it. */
export class ShapeError extends Error {
  override name = "ShapeError";
  readonly problems: readonly Problem[];

  constructor(subject: string, problems: readonly Problem[]) {
    super(`${subject}: ${problems.map(({ at, message }) => `${at}: ${message}`).join("; ")}`);
    this.problems = problems;
  }
}

/** Makes the descriptor of a kind from its definition. */
export function kind<S extends Schema<any, any>, U extends Schema<any, any> = Schema<undefined, any>>({
  modernize = (spec) => spec,
  ...definition
}: Definition<Infer<S>, Infer<U>> & { spec: S; status?: U }): Kind<ObjectOf<Infer<S>, Infer<U>>> {
  const openapi = openApiOf(definition);
  const served = [definition.version, ...definition.deprecatedVersions];
  const apiVersion = apiVersionOf(definition);
  return {
    ...definition,
    apiVersion,
    singular: definition.kind.toLowerCase(),
    listKind: `${definition.kind}List`,
    namespaced: true,
    finalizer,
    openapi,
    parse: (raw) => {
      const object = identify(raw, definition, served);
      const { spec, status } = read(object, openapi);
      const { status: _, ...rest } = object;
      const seen = status === undefined ? {} : { status };
      return { ...rest, apiVersion, spec: modernize(spec), ...seen } as ObjectOf<Infer<S>, Infer<U>>;
    },
    matches: (object) =>
      object.kind === definition.kind && splitApiVersion(object.apiVersion).group === definition.group,
    ref: (namespace, name) => ({
      group: definition.group,
      version: definition.version,
      kind: definition.kind,
      namespace,
      name,
    }),
  };
}

/** The whole-object schema of a kind, in every one of its versions. */
function openApiOf({ description, spec, status }: Definition<unknown, unknown>): OpenApi {
  return {
    description,
    type: "object",
    properties: {
      apiVersion: { description: "Group and version that this object is written in.", type: "string" },
      kind: { description: "Kind of this object.", type: "string" },
      metadata: { type: "object" },
      spec: spec.openapi,
      ...(status ? { status: status.openapi } : {}),
    },
  };
}

function identify(
  raw: unknown,
  { group, kind, version }: { group: string; kind: string; version: string },
  served: readonly string[],
): KubeObject {
  const object = raw as KubeObject;
  const isObject = typeof object === "object" && object !== null;
  const name = isObject ? nameOf(object) : kind;
  const wanted = apiVersionOf({ group, version });
  if (!isObject || object.kind !== kind || typeof object.apiVersion !== "string") {
    throw new ShapeError(name, [{ at: "kind", message: `expected an object of kind ${kind} (${wanted})` }]);
  }
  const found = splitApiVersion(object.apiVersion);
  if (found.group !== group || !served.includes(found.version)) {
    const known = served.map((version) => apiVersionOf({ group, version })).join(", ");
    const message = `${object.apiVersion} is not served; use ${wanted} (known: ${known})`;
    throw new ShapeError(name, [{ at: "apiVersion", message }]);
  }
  const meta: unknown = object.metadata;
  if (typeof meta !== "object" || meta === null || typeof object.metadata.name !== "string") {
    throw new ShapeError(name, [{ at: "metadata.name", message: "is required" }]);
  }
  return object;
}

function nameOf({ kind, metadata }: KubeObject): string {
  const name = metadata?.name ?? "(unnamed)";
  return metadata?.namespace ? `${kind} ${metadata.namespace}/${name}` : `${kind} ${name}`;
}

function read(object: KubeObject, { properties }: OpenApi): { spec: unknown; status?: unknown } {
  const { spec, status } = properties as { spec: OpenApi; status?: OpenApi };
  const problems: Problem[] = [];
  const filled = fill(spec, object.spec ?? {}, { at: "spec", problems });
  if (problems.length > 0) throw new ShapeError(nameOf(object), problems);
  if (!status) return { spec: filled };
  // Status is data, not a demand: what another writer left in another shape must not stop the object.
  const started = object.status ?? structuredClone(status.default) ?? {};
  return { spec: filled, status: fill(status, started, { at: "status", problems: [], forgive: true }) ?? {} };
}
