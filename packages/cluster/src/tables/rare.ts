import { NONE } from "./cells.ts";
import { age, column, integer, NAME, text } from "./column.ts";
import { humanDuration } from "./duration.ts";
import type { Column } from "./table.ts";

type Data = Record<string, any>;

const AGE = text("Age", age);
const UNSET = "<unset>";

/** The used part of a quota: `cpu: 1/2, memory: 1Gi/4Gi`. */
const usage =
  (isLimit: boolean): Column["cell"] =>
  ({ status }) =>
    Object.keys(status?.hard ?? {})
      .filter((name) => name.startsWith("limits") === isLimit)
      .sort()
      .map((name) => `${name}: ${status.used?.[name] ?? "0"}/${status.hard[name]}`)
      .join(", ");

/** approved, denied, failed, issued */
function signing({ status = {} }: Data): string {
  const has = (type: string) => (status["conditions"] ?? []).some((each: Data) => each["type"] === type);
  const words = has("Denied") ? ["Denied"] : has("Approved") ? ["Approved"] : ["Pending"];
  if (has("Failed")) words.push("Failed");
  if (status["certificate"]) words.push("Issued");
  return words.join(",");
}

function claimState({ metadata, status = {} }: Data): string {
  const states = [
    ...(metadata["deletionTimestamp"] ? ["deleted"] : []),
    ...(status["allocation"] ? ["allocated"] : []),
    ...(status["reservedFor"]?.length ? ["reserved"] : []),
  ];
  if (status["allocation"] || states.length > 0) return states.join(",");
  return "pending";
}

const policy = (counted: string, of: (spec: Data) => unknown[] | undefined) => [
  NAME,
  integer(counted, ({ spec }) => (of(spec ?? {}) ?? []).length),
  text("ParamKind", ({ spec }) =>
    spec?.paramKind ? `${spec.paramKind.apiVersion}/${spec.paramKind.kind}` : UNSET,
  ),
  AGE,
];
const policyBinding = [
  NAME,
  text("PolicyName", ({ spec }) => spec?.policyName ?? ""),
  text("ParamRef", ({ spec }) => {
    const { namespace, name } = spec?.paramRef ?? {};
    if (!spec?.paramRef) return UNSET;
    return name ? `${namespace ? `${namespace}/` : "*/"}${name}` : UNSET;
  }),
  AGE,
];
const flag = (name: string, field: string) => column(name, "boolean", ({ spec }) => spec?.[field] ?? false);

/** Columns of the kinds that few people list. */
export const RARE: Record<string, Column[]> = {
  "/componentstatuses": [
    NAME,
    ...["Status", "Message", "Error"].map((name) => text(name, (object) => object[name.toLowerCase()] ?? "")),
  ],
  "/resourcequotas": [NAME, text("Request", usage(false)), text("Limit", usage(true)), AGE],
  "admissionregistration.k8s.io/mutatingadmissionpolicies": policy("Mutations", ({ mutations }) => mutations),
  "admissionregistration.k8s.io/mutatingadmissionpolicybindings": policyBinding,
  "admissionregistration.k8s.io/validatingadmissionpolicies": policy(
    "Validations",
    ({ validations }) => validations,
  ),
  "admissionregistration.k8s.io/validatingadmissionpolicybindings": policyBinding,
  "certificates.k8s.io/certificatesigningrequests": [
    NAME,
    AGE,
    text("SignerName", ({ spec }) => spec?.signerName ?? ""),
    text("Requestor", ({ spec }) => spec?.username ?? ""),
    text("RequestedDuration", ({ spec }) =>
      spec?.expirationSeconds === undefined ? NONE : humanDuration(spec.expirationSeconds * 1000),
    ),
    text("Condition", signing),
  ],
  "flowcontrol.apiserver.k8s.io/flowschemas": [
    NAME,
    text("PriorityLevel", ({ spec }) => spec?.priorityLevelConfiguration?.name ?? ""),
    text("MatchingPrecedence", ({ spec }) => spec?.matchingPrecedence ?? 0),
    text("DistinguisherMethod", ({ spec }) => spec?.distinguisherMethod?.type ?? NONE),
    AGE,
    text(
      "MissingPL",
      ({ status }) => status?.conditions?.find((each: Data) => each["type"] === "Dangling")?.status ?? "?",
    ),
  ],
  "flowcontrol.apiserver.k8s.io/prioritylevelconfigurations": [
    NAME,
    text("Type", ({ spec }) => spec?.type ?? ""),
    text(
      "NominalConcurrencyShares",
      ({ spec }) => (spec?.limited ?? spec?.exempt)?.nominalConcurrencyShares ?? NONE,
    ),
    ...[
      ["Queues", "queues"],
      ["HandSize", "handSize"],
      ["QueueLengthLimit", "queueLengthLimit"],
    ].map(([name, field]) =>
      text(name!, ({ spec }) => spec?.limited?.limitResponse?.queuing?.[field!] ?? NONE),
    ),
    AGE,
  ],
  "networking.k8s.io/ipaddresses": [
    NAME,
    text("ParentRef", ({ spec }) => {
      const { group, resource, namespace, name } = spec?.parentRef ?? {};
      if (!spec?.parentRef) return NONE;
      return [[resource, group].filter(Boolean).join("."), namespace, name].filter(Boolean).join("/");
    }),
  ],
  "networking.k8s.io/servicecidrs": [NAME, text("CIDRs", ({ spec }) => (spec?.cidrs ?? []).join(",")), AGE],
  "resource.k8s.io/deviceclasses": [NAME, AGE],
  "resource.k8s.io/resourceclaims": [NAME, text("State", claimState), AGE],
  "resource.k8s.io/resourceclaimtemplates": [NAME, AGE],
  "resource.k8s.io/resourceslices": [
    NAME,
    text("Node", ({ spec }) => spec?.nodeName ?? (spec?.allNodes ? "<all>" : "<selected>")),
    text("Driver", ({ spec }) => spec?.driver ?? ""),
    text("Pool", ({ spec }) => spec?.pool?.name ?? ""),
    AGE,
  ],
  "storage.k8s.io/csidrivers": [
    NAME,
    flag("AttachRequired", "attachRequired"),
    flag("PodInfoOnMount", "podInfoOnMount"),
    flag("StorageCapacity", "storageCapacity"),
    text("TokenRequests", ({ spec }) =>
      spec?.tokenRequests?.length
        ? spec.tokenRequests.map((each: Data) => each["audience"]).join(",")
        : UNSET,
    ),
    flag("RequiresRepublish", "requiresRepublish"),
    text("Modes", ({ spec }) => (spec?.volumeLifecycleModes ?? []).join(",")),
    AGE,
  ],
  "storage.k8s.io/csinodes": [NAME, integer("Drivers", ({ spec }) => (spec?.drivers ?? []).length), AGE],
  "storage.k8s.io/volumeattachments": [
    NAME,
    { ...text("Attacher", ({ spec }) => spec?.attacher ?? ""), format: "name" },
    text("PV", ({ spec }) => spec?.source?.persistentVolumeName ?? ""),
    text("Node", ({ spec }) => spec?.nodeName ?? ""),
    column("Attached", "boolean", ({ status }) => status?.attached ?? false),
    AGE,
  ],
  "storage.k8s.io/volumeattributesclasses": [
    NAME,
    text("DriverName", ({ driverName }) => driverName ?? ""),
    AGE,
  ],
};
