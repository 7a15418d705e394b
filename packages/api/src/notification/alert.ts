import { column, nameRef, suspend } from "../common.ts";
import { type KindOf, kind } from "../kind.ts";
import { groups } from "../names.ts";
import { defaulted, list, map, object, oneOf, optional, string } from "../schema.ts";
import { eventSource } from "./common.ts";

const spec = object("Which events to send, and where to.", {
  providerRef: nameRef("Provider of the same namespace to send to."),
  eventSources: list("Whose events.", eventSource),
  eventSeverity: defaulted(
    "info",
    oneOf("Everything (info), or only what went wrong (error).", ["info", "error"]),
  ),
  inclusionList: optional(
    list("Only events whose message matches one of these.", string("Regular expression.")),
  ),
  exclusionList: optional(
    list("No events whose message matches one of these.", string("Regular expression.")),
  ),
  eventMetadata: optional(
    map("Metadata to add to each event; what the event has already wins.", string("Value.")),
  ),
  summary: optional(
    string("Deprecated: use `eventMetadata` with the key `summary`. What the event means for whom.", {
      maxLength: 255,
    }),
  ),
  suspend,
});

export const alert = kind({
  group: groups.notification,
  version: "v1beta3",
  kind: "Alert",
  plural: "alerts",
  shortNames: [],
  categories: ["all", "fluxcd", "fluxcd-notifications"],
  controller: "notification-controller",
  description: "A choice of events and the Provider to send them to.",
  columns: [column.age],
  deprecatedVersions: ["v1beta1", "v1beta2"],
  spec,
});

export type Alert = KindOf<typeof alert>;
