import type { KubeObject, NameRule } from "@sluice/api";
import type { Resource } from "../catalogue.ts";
import { type FieldError, validate, validateBuiltin } from "../schema/index.ts";
import { checkCustomDefinition } from "./definition-checks.ts";
import { DEFINITIONS } from "./definitions.ts";
import { invalid } from "./invalid.ts";
import { metadataErrors } from "./metadata.ts";

type Data = Record<string, any>;

/** What is to be checked: an object with what the server has added, and how it is written. */
export type Checked = {
  resource: Resource;
  nameRule: NameRule;
  object: KubeObject;
  /** what it replaces */
  old?: KubeObject;
  /** the path below the object that is written, or "" */
  subresource: string;
  /** hears of faults that were there before and may stay */
  keep?: (fault: FieldError) => void;
  /** complaints that are known already */
  more?: readonly FieldError[];
};

/** Throws the 422 that lists everything wrong with an object. */
export function check({ resource, nameRule, object, old, subresource, keep, more = [] }: Checked): void {
  const ofMetadata = metadataErrors(object.metadata, nameRule, isAggregated(resource));
  const errors: FieldError[] = [...(old ? repeated(ofMetadata, resource) : ofMetadata), ...more];
  if (resource.custom) {
    const found = resource.schema
      ? validate(object, resource.schema, { old, ...(keep && { kept: keep }) })
      : [];
    errors.push(...(subresource === "status" ? found.flatMap(seenFromStatus) : found));
  } else
    errors.push(...validateBuiltin(object as never, (old && asBefore(object, old, subresource)) as never));
  if (resource.table === DEFINITIONS) errors.push(...checkCustomDefinition(object, old));
  if (errors.length > 0) throw invalid(resource, object.metadata.name ?? "", errors);
}

/** Kinds that are not validated by Kubernetes' own registry, but by the servers that it delegates to. */
const isAggregated = ({ custom, group }: Resource) =>
  custom !== undefined || group === "apiextensions.k8s.io" || group === "apiregistration.k8s.io";

/** An update passes the checks of metadata several times; causes tell each complaint as often. */
function repeated(errors: FieldError[], resource: Resource): FieldError[] {
  const [times, ofFinalizers] = resource.custom ? [3, 1] : [4, 2];
  const isFinalizer = ({ path }: FieldError) => path.startsWith("metadata.finalizers");
  const others = errors.filter((each) => !isFinalizer(each));
  const finalizers = errors.filter(isFinalizer);
  return [
    ...Array.from({ length: times }, () => others).flat(),
    ...Array.from({ length: ofFinalizers }, () => finalizers).flat(),
  ];
}

/** A write of the status is checked for the status alone, whose fields are then named from there. */
function seenFromStatus(error: FieldError): FieldError[] {
  if (/^(spec|metadata)\b/.test(error.path)) return [];
  return [{ ...error, detail: error.detail.replace(/^status\.(?=\S+ in body )/, "") }];
}

/** The old pod, with the part that the written path may change as it is to be. */
function asBefore(object: KubeObject, old: KubeObject, subresource: string): KubeObject {
  switch (subresource) {
    case "ephemeralcontainers":
      return { ...old, spec: { ...old.spec, ephemeralContainers: object.spec.ephemeralContainers } };
    case "resize": {
      const resized = (old.spec.containers ?? []).map((each: Data, index: number) => {
        const { resources, resizePolicy } = object.spec.containers[index] ?? {};
        return { ...each, resources, resizePolicy };
      });
      return { ...old, spec: { ...old.spec, containers: resized } };
    }
    default:
      return old;
  }
}
