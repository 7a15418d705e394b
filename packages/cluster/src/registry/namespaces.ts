import type { KubeObject } from "@sluice/api";
import { nameOf, type Resource } from "../catalogue.ts";
import { forbidden, notFound } from "../errors.ts";
import { tableOf } from "../storage/storage.ts";
import { entryIn } from "../storage/table.ts";
import type { World } from "../world.ts";

/** Refuses to create in a namespace that does not exist (404) or is on its way out (403). */
export function requireNamespace(world: World, resource: Resource, object: KubeObject): void {
  if (!resource.namespaced) return;
  const namespace = object.metadata.namespace!;
  const entry = entryIn(tableOf(world.storage, "/namespaces"), "", namespace);
  if (!entry) throw notFound({ group: "", resource: "namespaces" }, namespace);
  if (entry.object.status?.phase !== "Terminating" && !entry.object.metadata.deletionTimestamp) return;
  throw forbidden(
    nameOf(resource),
    object.metadata.name ?? "",
    `unable to create new content in namespace ${namespace} because it is being terminated`,
    [
      {
        reason: "NamespaceTerminating",
        message: `namespace ${namespace} is being terminated`,
        field: "metadata.namespace",
      },
    ],
  );
}
