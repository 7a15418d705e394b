import { type OciError, type OciErrorCode, ociError } from "./errors.ts";
import type { Answer } from "./exchange.ts";
import { isObject, parseJson } from "./json.ts";
import { limits } from "./limits.ts";

/** Reads a body as a whole. @throws {OciError} `too-large` */
export async function collect(
  body: AsyncIterable<Uint8Array>,
  maxBytes: number,
  at: string,
): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of body) {
    size += chunk.length;
    if (size > maxBytes) throw ociError("too-large", `${at}: the answer is larger than ${maxBytes} bytes`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

/** The error for an answer that is none: what the server says about it, and what to do. */
export async function refusal(
  answer: Answer,
  at: string,
  redact: (text: string) => string,
): Promise<OciError> {
  const { status } = answer;
  const said = redact(saidIn(await start(answer)));
  const says = said === "" ? `${status}` : `${status}: ${said}`;
  const error = (code: OciErrorCode, words: string) => ociError(code, `${at}: ${words} (${says})`);
  switch (status) {
    case 401:
      return error("denied", "the registry wants other credentials, or there is no such repository");
    case 403:
      return error("denied", "the registry does not let these credentials see it");
    case 404:
      return error("not-found", "not found");
    default:
      return error("bad-answer", "the registry does not answer as it should");
  }
}

async function start({ body }: Answer): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  try {
    for await (const chunk of body) {
      chunks.push(chunk);
      size += chunk.length;
      if (size >= limits.maxErrorBytes) break;
    }
  } catch {
    // What came before will do.
  }
  return Buffer.concat(chunks).subarray(0, limits.maxErrorBytes);
}

/** What a body of errors says: OCI Distribution Specification, error codes. Nothing of a body of another kind. */
function saidIn(body: Buffer): string {
  const found = parseJson(body);
  const errors = isObject(found) && Array.isArray(found["errors"]) ? found["errors"] : [];
  return errors
    .slice(0, 3)
    .filter(isObject)
    .map(({ code, message }) =>
      [code, message]
        .filter((each) => typeof each === "string")
        .join(" ")
        .trim(),
    )
    .filter(Boolean)
    .join("; ")
    .replace(/[\x00-\x1f\x7f-\x9f]+/g, " ")
    .slice(0, 300);
}
