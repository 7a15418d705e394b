import { apiError } from "../errors.ts";
import type { FieldError } from "../schema/index.ts";
import { invalid } from "./invalid.ts";

/** The options of a list or watch that depend on each other. */
export type ConsistencyOptions = {
  resourceVersion?: string;
  resourceVersionMatch?: string;
  continue?: string;
  sendInitialEvents?: string;
};

type Add = (path: string, type: FieldError["type"], value: unknown, detail: string) => void;

/** Throws the 422 about ListOptions that contradict each other. */
export function checkListOptions(options: ConsistencyOptions, isWatch: boolean): void {
  const errors: FieldError[] = [];
  const add: Add = (path, type, value, detail) => errors.push({ path, type, value, detail });
  if (isWatch) checkWatch(options, add);
  else checkList(options, add);
  if (errors.length > 0) throw invalid({ group: "meta.k8s.io", kind: "ListOptions" }, "", errors);
}

const MATCH = "resourceVersionMatch";
const ONLY = 'supported values: "NotOlderThan"';

function checkList(
  { resourceVersion, resourceVersionMatch: match, continue: token, sendInitialEvents }: ConsistencyOptions,
  add: Add,
): void {
  if (match) {
    if (!resourceVersion)
      add(MATCH, "Forbidden", match, "resourceVersionMatch is forbidden unless resourceVersion is provided");
    if (token) add(MATCH, "Forbidden", match, "resourceVersionMatch is forbidden when continue is provided");
    if (match !== "Exact" && match !== "NotOlderThan")
      add(MATCH, "Unsupported value", match, 'supported values: "Exact", "NotOlderThan", ""');
    if (match === "Exact" && resourceVersion === "0")
      add(MATCH, "Forbidden", match, 'resourceVersionMatch "exact" is forbidden for resourceVersion "0"');
  }
  if (sendInitialEvents)
    add("sendInitialEvents", "Forbidden", sendInitialEvents, "sendInitialEvents is forbidden for list");
}

function checkWatch(
  { resourceVersionMatch: match, continue: token, sendInitialEvents }: ConsistencyOptions,
  add: Add,
): void {
  if (!sendInitialEvents) {
    if (match)
      add(
        MATCH,
        "Forbidden",
        match,
        "resourceVersionMatch is forbidden for watch unless sendInitialEvents is provided",
      );
    if (match && match !== "NotOlderThan") add(MATCH, "Unsupported value", match, ONLY);
    return;
  }
  if (match !== "NotOlderThan") {
    add(MATCH, "Forbidden", match, "sendInitialEvents requires setting resourceVersionMatch to NotOlderThan");
    if (match) add(MATCH, "Unsupported value", match, ONLY);
  }
  if (token) add(MATCH, "Forbidden", match, "resourceVersionMatch is forbidden when continue is provided");
}

/** A resourceVersion as a number, 0 for none. A list answers 400 for what is none, a watch 500. */
export function parseRevision(text: string, isWatch = false): number {
  if (text === "") return 0;
  if (/^\d+$/.test(text)) return Number(text);
  const problem = `resourceVersion: Invalid value: ${JSON.stringify(text)}: strconv.ParseUint: parsing ${JSON.stringify(text)}: invalid syntax`;
  if (isWatch) throw apiError(500, "", problem);
  throw apiError(400, "BadRequest", `invalid resource version: ${problem}`);
}
