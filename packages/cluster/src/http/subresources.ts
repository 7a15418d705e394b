import { apiError } from "../errors.ts";
import type { Exchange } from "./exchange.ts";
import type { Target } from "./resources.ts";

/** Serves the paths below an object other than its status. */
export async function serveSubresource(
  _exchange: Exchange,
  { resource, subresource }: Target,
): Promise<void> {
  throw apiError(
    501,
    "NotImplemented",
    `${resource.plural}/${subresource} is not implemented by the embedded cluster`,
  );
}
