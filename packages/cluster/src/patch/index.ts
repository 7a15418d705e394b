import type { Schema } from "../schema/types.ts";

/** A patch that cannot be applied: HTTP status, reason of the Status object, and the server's message. */
export class PatchError extends Error {
  readonly status: number;
  readonly reason: string;
  constructor(status: number, reason: string, message: string) {
    super(message);
    this.name = "PatchError";
    this.status = status;
    this.reason = reason;
  }
}
export function jsonPatch(doc: unknown, _ops: unknown): unknown {
  return doc;
}
export function mergePatch(doc: unknown, _patch: unknown): unknown {
  return doc;
}
export function strategicMergePatch(doc: unknown, _patch: unknown, _schema: Schema): unknown {
  return doc;
}
