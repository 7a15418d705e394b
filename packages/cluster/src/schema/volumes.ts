/** Storage: what the API server refuses (pkg/apis/{core,storage}/validation of Kubernetes v1.36). */
import { equal } from "../apply/typed.ts";
import { type GoShape, goDiff, goStruct } from "./godiff.ts";
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

const RESOURCES: GoShape = [
  ["Limits", "limits"],
  ["Requests", "requests"],
];
const CLAIM: GoShape = [
  ["AccessModes", "accessModes"],
  ["Selector", "selector"],
  ["Resources", "resources", RESOURCES],
  ["VolumeName", "volumeName"],
  ["StorageClassName", "storageClassName"],
  ["VolumeMode", "volumeMode"],
  ["DataSource", "dataSource"],
  ["DataSourceRef", "dataSourceRef"],
  ["VolumeAttributesClassName", "volumeAttributesClassName"],
];
/** The sources of volumes in the order of Go's struct. */
const SOURCES =
  "GCEPersistentDisk AWSElasticBlockStore HostPath Glusterfs NFS RBD Quobyte ISCSI FlexVolume Cinder CephFS FC Flocker AzureFile VsphereVolume AzureDisk PhotonPersistentDisk PortworxVolume ScaleIO Local StorageOS CSI"
    .split(" ")
    .map((goName): GoShape[number] => [goName, sourceName(goName)]);

/** `NFS` is nfs to clients, `CephFS` cephfs, `HostPath` hostPath. */
function sourceName(goName: string): string {
  if (goName === "CephFS") return "cephfs";
  return goName.replace(/^([A-Z]+)(?=[A-Z][a-z])|^[A-Z]+$|^[A-Z]/, (start) => start.toLowerCase());
}

const capitalised = (source: Json): Json =>
  Object.fromEntries(
    Object.entries(source).map(([key, value]) => [key[0]!.toUpperCase() + key.slice(1), value]),
  );

/** The part of a volume's spec that says where it lies, as Go shows it. */
const sourceOf = (spec: Json) =>
  goStruct(
    Object.fromEntries(
      SOURCES.flatMap(([, name]) => (spec[name] ? [[name, sourceFields(name, spec[name])]] : [])),
    ),
    SOURCES,
  );

function sourceFields(name: string, source: Json): Json {
  if (name === "nfs")
    return {
      Server: source["server"] ?? "",
      Path: source["path"] ?? "",
      ReadOnly: source["readOnly"] ?? false,
    };
  return capitalised(source);
}

function accessModes(spec: Json, to: Complaints): void {
  for (const mode of spec["accessModes"] ?? [])
    if (!ACCESS_MODES.includes(mode)) to.unsupported("spec.accessModes", mode, ACCESS_MODES);
}

const volume: Validator = ({ spec }, old, to) => {
  if (!spec.accessModes?.length) to.required("spec.accessModes");
  accessModes(spec, to);
  const capacity = Object.keys(spec.capacity ?? {});
  if (capacity.length === 0) to.required("spec.capacity");
  if (capacity.length !== 1 || capacity[0] !== "storage")
    to.unsupported("spec.capacity", spec.capacity ?? null, ["storage"]);
  const sources = Object.keys(spec).filter((key) => !NO_SOURCE.includes(key));
  if (sources.length === 0) to.required("spec", "must specify a volume type");
  for (const extra of sources.slice(1))
    to.forbidden(`spec.${extra}`, "may not specify more than 1 volume type");
  if (!old) return;
  const [before, after] = [sourceOf(old["spec"]), sourceOf(spec)];
  if (!equal(before, after))
    to.forbidden(
      "spec.persistentvolumesource",
      `spec.persistentvolumesource is immutable after creation\n${goDiff(before, after)}`,
    );
  if (!equal(spec.volumeMode, old["spec"].volumeMode)) to.invalid("volumeMode", spec.volumeMode, IMMUTABLE);
};

const claim: Validator = ({ spec }, old, to) => {
  if (!spec.accessModes?.length) to.required("spec.accessModes", "at least 1 access mode is required");
  accessModes(spec, to);
  const storage = spec.resources?.requests?.storage;
  if (!storage) to.required("spec.resources[storage]");
  else if (/^(-|0[A-Za-z]*$)/.test(String(storage)))
    to.invalid("spec.resources[storage]", storage, "must be greater than zero");
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
  if (!equal(goStruct(before, CLAIM), goStruct(spec, CLAIM))) {
    const [left, right] = [goStruct(before, CLAIM, ["VolumeName"]), goStruct(spec, CLAIM, ["VolumeName"])];
    to.forbidden(
      "spec",
      `spec is immutable after creation except resources.requests and volumeAttributesClassName for bound claims\n${goDiff(left, right)}`,
    );
  }
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
