import type { IncomingMessage } from "node:http";
import { apiError } from "../errors.ts";

/** What the API server takes in one request. */
const BODY_LIMIT = 3 * 1024 * 1024;

/** Reads a request body; throws 413 beyond the limit. */
export function readBody(req: IncomingMessage): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let size = 0;
    req.on("data", (chunk: Buffer) => {
      size += chunk.length;
      if (size <= BODY_LIMIT) chunks.push(chunk);
    });
    req.on("end", () => {
      if (size > BODY_LIMIT)
        reject(apiError(413, "RequestEntityTooLarge", `Request entity too large: limit is ${BODY_LIMIT}`));
      else resolve(chunks.length === 1 ? chunks[0]! : Buffer.concat(chunks));
    });
    req.on("error", reject);
    req.on("close", () => reject(new Error("the client closed the connection")));
  });
}
