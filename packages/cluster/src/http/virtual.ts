import type { Resource } from "../catalogue.ts";
import { apiError } from "../errors.ts";
import type { Exchange } from "./exchange.ts";

/** Resources that are questions: nothing is stored. */
export const VIRTUAL = new Set<string>();

export async function serveVirtual(_exchange: Exchange, resource: Resource): Promise<void> {
  throw apiError(501, "NotImplemented", `${resource.plural} is not implemented by the embedded cluster`);
}
