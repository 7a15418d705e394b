import { apiError } from "../errors.ts";
import { invalid } from "../registry/invalid.ts";
import type { Write } from "../registry/write.ts";
import type { FieldError } from "../schema/index.ts";
import type { DeleteOptions } from "../store.ts";

type Data = Record<string, any>;

/** How a write is to be done, from query parameters. Throws the 422 about CreateOptions, UpdateOptions or PatchOptions. */
export function writeOptions(
  kind: "CreateOptions" | "UpdateOptions" | "PatchOptions",
  query: URLSearchParams,
  userAgent: string | undefined,
  apply = false,
): Write & { force: boolean } {
  const errors: FieldError[] = [];
  const add = (path: string, type: FieldError["type"], value: unknown, detail: string) =>
    errors.push({ path, type, value, detail });
  const force = query.get("force");
  const manager = query.get("fieldManager") ?? "";
  if (kind === "PatchOptions") {
    if (apply && manager === "") add("fieldManager", "Required value", "", "is required for apply patch");
    if (!apply && force !== null) add("force", "Forbidden", "", "may not be specified for non-apply patch");
  }
  if (manager.length > 128) add("fieldManager", "Too long", manager, "may not be more than 128 bytes");
  const odd = /\p{C}/u.exec(manager);
  if (odd) {
    const code = odd[0].codePointAt(0)!.toString(16).toUpperCase().padStart(4, "0");
    add("fieldManager", "Invalid value", manager, `invalid character U+${code} (at position ${odd.index})`);
  }
  const dryRun = dryRunOf(query, add);
  const fieldValidation = query.get("fieldValidation") ?? "";
  if (!["", "Ignore", "Strict", "Warn"].includes(fieldValidation))
    add(
      "fieldValidation",
      "Unsupported value",
      fieldValidation,
      'supported values: "", "Ignore", "Strict", "Warn"',
    );
  if (errors.length > 0) throw invalid({ group: "meta.k8s.io", kind }, "", errors);
  return {
    manager: manager || managerFrom(userAgent),
    subresource: "",
    dryRun,
    fieldValidation: (fieldValidation || "Warn") as Write["fieldValidation"],
    warnings: [],
    force: force === "true" || force === "1",
  };
}

/** The options of a write as policies and webhooks are told them. */
export function optionsTold(query: URLSearchParams): object {
  const dryRun = query.getAll("dryRun");
  const told = ["fieldManager", "fieldValidation"].map((name) => [name, query.get(name)]);
  return {
    ...(dryRun.length > 0 && { dryRun }),
    ...Object.fromEntries(told.filter(([, value]) => value)),
  };
}

type Add = (path: string, type: FieldError["type"], value: unknown, detail: string) => void;

function dryRunOf(query: URLSearchParams, add: Add): boolean {
  const wanted = query.getAll("dryRun");
  if (wanted.some((each) => each !== "All"))
    add("dryRun", "Unsupported value", wanted, 'supported values: "All"');
  return wanted.length > 0;
}

/** The name of the program in a User-Agent, which is the manager of writes that name none. */
function managerFrom(userAgent: string | undefined): string {
  return (userAgent ?? "").split("/")[0]!.slice(0, 128) || "unknown";
}

/** DeleteOptions from the body, where there is one, else from query parameters. */
export function deleteOptions(body: Data | undefined, query: URLSearchParams): DeleteOptions {
  const errors: FieldError[] = [];
  const add: Add = (path, type, value, detail) => errors.push({ path, type, value, detail });
  const fromBody: Data = body ?? {};
  const grace = fromBody["gracePeriodSeconds"] ?? numberOf(query.get("gracePeriodSeconds"));
  const orphan = fromBody["orphanDependents"] ?? query.get("orphanDependents");
  const policy: string | undefined =
    fromBody["propagationPolicy"] ??
    query.get("propagationPolicy") ??
    (orphan === null || orphan === undefined
      ? undefined
      : String(orphan) === "true"
        ? "Orphan"
        : "Background");
  if (policy !== undefined && !["Background", "Foreground", "Orphan"].includes(policy))
    add(
      "propagationPolicy",
      "Unsupported value",
      policy,
      'supported values: "Foreground", "Background", "Orphan", "nil"',
    );
  const both =
    orphan !== null &&
    orphan !== undefined &&
    (fromBody["propagationPolicy"] ?? query.get("propagationPolicy"));
  if (both)
    add(
      "propagationPolicy",
      "Invalid value",
      both,
      "orphanDependents and deletionPropagation cannot be both set",
    );
  const wanted: string[] = fromBody["dryRun"] ?? query.getAll("dryRun");
  if (wanted.some((each) => each !== "All"))
    add("dryRun", "Unsupported value", wanted, 'supported values: "All"');
  if (errors.length > 0) throw invalid({ group: "meta.k8s.io", kind: "DeleteOptions" }, "", errors);
  return {
    ...(policy === undefined
      ? {}
      : { propagationPolicy: policy as NonNullable<DeleteOptions["propagationPolicy"]> }),
    ...(fromBody["preconditions"] ? { preconditions: fromBody["preconditions"] } : {}),
    ...(grace === undefined || grace === null ? {} : { gracePeriodSeconds: Number(grace) }),
    dryRun: wanted.length > 0,
  };
}

function numberOf(text: string | null): number | undefined {
  if (text === null) return undefined;
  if (/^-?\d+$/.test(text)) return Number(text);
  throw apiError(400, "BadRequest", `strconv.ParseInt: parsing ${JSON.stringify(text)}: invalid syntax`);
}
