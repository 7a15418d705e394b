/**
 * The fields of a stored release in the order in which Go writes them, and how each is read and written. Data, so that one
 * reader and one writer serve all of them.
 */

/** What a field holds. `zero` is what Go writes where there is nothing and the field may not be left out. */
export type Kind =
  | { of: "text" | "integer" | "boolean" | "time" | "data" | "base64" }
  | { of: "list"; item: Kind }
  | { of: "object"; fields: readonly Field[] };

export type Field = {
  name: string;
  kind: Kind;
  empty: "omit" | "null" | '""' | '"0001-01-01T00:00:00Z"' | "{}";
};

const text: Kind = { of: "text" };
const time: Kind = { of: "time" };
const texts: Kind = { of: "list", item: text };
const object = (fields: readonly Field[]): Kind => ({ of: "object", fields });
const list = (fields: readonly Field[]): Kind => ({ of: "list", item: object(fields) });
const may = (name: string, kind: Kind = text): Field => ({ name, kind, empty: "omit" });
const must = (name: string, kind: Kind, empty: Field["empty"] = "null"): Field => ({ name, kind, empty });

const DEPENDENCY = [
  may("name"),
  may("version"),
  must("repository", text, '""'),
  may("condition"),
  may("tags", texts),
  may("enabled", { of: "boolean" }),
  may("import-values", { of: "list", item: { of: "data" } }),
  may("alias"),
];

const METADATA = [
  may("name"),
  may("home"),
  may("sources", texts),
  may("version"),
  may("description"),
  may("keywords", texts),
  may("maintainers", list([may("name"), may("email"), may("url")])),
  may("icon"),
  may("apiVersion"),
  may("condition"),
  may("tags"),
  may("appVersion"),
  may("deprecated", { of: "boolean" }),
  may("annotations", { of: "data" }),
  may("kubeVersion"),
  may("dependencies", list(DEPENDENCY)),
  may("type"),
];

const LOCK = [
  must("generated", time, '"0001-01-01T00:00:00Z"'),
  must("digest", text, '""'),
  must("dependencies", list(DEPENDENCY)),
];

const FILE = [must("name", text, '""'), must("data", { of: "base64" }), may("modtime", time)];

const CHART = [
  must("metadata", object(METADATA)),
  must("lock", object(LOCK)),
  must("templates", list(FILE)),
  must("values", { of: "data" }),
  must("schema", { of: "base64" }),
  must("schemamodtime", time, '"0001-01-01T00:00:00Z"'),
  must("files", list(FILE)),
  may("modtime", time),
];

const INFO = [
  may("first_deployed", time),
  may("last_deployed", time),
  may("deleted", time),
  may("description"),
  may("status"),
  may("rollback_revision", { of: "integer" }),
  may("notes"),
];

const RUN = [may("started_at", time), may("completed_at", time), must("phase", text, '""')];

const HOOK = [
  may("name"),
  may("kind"),
  may("path"),
  may("manifest"),
  may("events", texts),
  must("last_run", object(RUN), "{}"),
  may("weight", { of: "integer" }),
  may("delete_policies", texts),
  may("output_log_policies", texts),
];

/** A release. */
export const RELEASE: Kind = object([
  may("name"),
  may("info", object(INFO)),
  may("chart", object(CHART)),
  may("config", { of: "data" }),
  may("manifest"),
  may("hooks", list(HOOK)),
  may("version", { of: "integer" }),
  may("namespace"),
  may("apply_method"),
]);
