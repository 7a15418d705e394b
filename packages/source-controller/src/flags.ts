import type { FlagTable } from "@sluice/runtime";

const minute = 60_000;

/** The flags that source-controller has besides those of every controller, named as in Flux. */
export const flags: FlagTable = {
  concurrent: {
    type: "number",
    value: 2,
    min: 1,
    max: 10_000,
    help: "How many objects of each kind are reconciled at a time.",
  },
  "storage-path": {
    type: "string",
    value: "",
    help: "Directory of the artifacts; ./bin/data unless given (or STORAGE_PATH).",
  },
  "storage-addr": {
    type: "string",
    value: "",
    help: "Address that artifacts are served on; :9090 unless given (or STORAGE_ADDR).",
  },
  "storage-adv-addr": {
    type: "string",
    value: "",
    help: "Host and port that consumers reach artifacts by (or STORAGE_ADV_ADDR).",
  },
  "artifact-retention-ttl": { type: "duration", value: minute, help: "How long a replaced artifact stays." },
  "artifact-retention-records": {
    type: "number",
    value: 2,
    min: 1,
    help: "How many artifacts of an object stay at most.",
  },
};
