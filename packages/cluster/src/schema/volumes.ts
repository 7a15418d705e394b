/** Storage: what the API server refuses (pkg/apis/{core,storage}/validation of Kubernetes v1.36). */
import { equal } from "../apply/typed.ts";
import { goDiff, goStruct } from "./godiff.ts";
import type { Complaints } from "./podspec.ts";
import type { Validator } from "./workloads.ts";

type Json = Record<string, any>;

const IMMUTABLE = "field is immutable";
const ACCESS_MODES = ["ReadOnlyMany", "ReadWriteMany", "ReadWriteOnce", "ReadWriteOncePod"];
const NO_SOURCE = [
  "accessModes",
  "capacity",
  "claimRef",
  "mountOptions",
  "nodeAffinity",
  "persistentVolumeReclaimPolicy",
  "storageClassName",
  "volumeAttributesClassName",
  "volumeMode",
];

function accessModes(spec: Json, path: string, to: Complaints): void {
  for (const mode of spec["accessModes"] ?? [])
    if (!ACCESS_MODES.includes(mode)) to.unsupported(`${path}.accessModes`, mode, ACCESS_MODES);
}

const volume: Validator = ({ spec }, old, to) => {
  if (!spec.accessModes?.length) to.required("spec.accessModes");
  accessModes(spec, "spec", to);
  const capacity = Object.keys(spec.capacity ?? {});
  if (capacity.length === 0) to.required("spec.capacity");
  if (capacity.length !== 1 || capacity[0] !== "storage")
    to.unsupported("spec.capacity", spec.capacity ?? null, ["storage"]);
  const sources = Object.keys(spec).filter((key) => !NO_SOURCE.includes(key));
  if (sources.length === 0) to.required("spec", "must specify a volume type");
  for (const extra of sources.slice(1))
    to.forbidden(`spec.${extra}`, "may not specify more than 1 volume type");
  if (!old) return;
  const [before, after] = [old["spec"], spec].map((each) => goStruct("PersistentVolumeSource", each));
  if (!equal(before, after))
    to.forbidden(
      "spec.persistentvolumesource",
      `spec.persistentvolumesource is immutable after creation\n${goDiff(before, after)}`,
    );
  if (!equal(spec.volumeMode, old["spec"].volumeMode)) to.invalid("volumeMode", spec.volumeMode, IMMUTABLE);
};

/** The spec of a claim, of its own or for the pods of a StatefulSet. */
export function validateClaim(spec: Json, path: string, to: Complaints): void {
  if (!spec["accessModes"]?.length) to.required(`${path}.accessModes`, "at least 1 access mode is required");
  accessModes(spec, path, to);
  const storage = spec["resources"]?.requests?.storage;
  if (!storage) to.required(`${path}.resources[storage]`);
  else if (/^(-|0[A-Za-z]*$)/.test(String(storage)))
    to.invalid(`${path}.resources[storage]`, storage, "must be greater than zero");
}

const claim: Validator = ({ spec }, old, to) => {
  validateClaim(spec, "spec", to);
  if (old) keepClaim(spec, old, to);
};

function keepClaim(spec: Json, { spec: old, status }: Json, to: Complaints): void {
  // a volume and a class may still be chosen where there are none, and a bound claim may grow
  const { volumeName = spec["volumeName"], storageClassName = spec["storageClassName"] } = old;
  const before = { ...old, volumeName, storageClassName };
  if (status?.phase === "Bound") {
    before.resources = { ...old.resources, requests: spec["resources"]?.requests };
    before.volumeAttributesClassName = spec["volumeAttributesClassName"];
  }
  const [left, right] = [before, spec].map((each) => goStruct("PersistentVolumeClaimSpec", each));
  if (!equal(left, right))
    to.forbidden(
      "spec",
      `spec is immutable after creation except resources.requests and volumeAttributesClassName for bound claims
${goDiff(left, right)}`,
    );
  if (!equal(spec["volumeMode"], old.volumeMode)) to.invalid("volumeMode", spec["volumeMode"], IMMUTABLE);
}

const storageClass: Validator = (it, old, to) => {
  if (!it["provisioner"]) to.required("provisioner");
  if (!old) return;
  for (const field of ["provisioner", "parameters", "reclaimPolicy", "volumeBindingMode"])
    if (!equal(it[field], old[field])) to.invalid(field, it[field] ?? null, IMMUTABLE);
};

/** By "group/Kind". */
export const VOLUMES: Record<string, Validator> = {
  "/PersistentVolumeClaim": claim,
  "/PersistentVolume": volume,
  "storage.k8s.io/StorageClass": storageClass,
};
