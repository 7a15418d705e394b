import type { KubeObject, Schema } from "../schema/types.ts";

export type Conflict = {
  manager: string;
  subresource?: string;
  apiVersion: string;
  time?: string;
  operation: string;
  path: string;
};
export type ApplyArgs = {
  live?: KubeObject;
  applied: KubeObject;
  manager: string;
  force: boolean;
  schema?: Schema;
  subresource?: string;
  now: string;
};
export type ApplyResult =
  | { kind: "applied"; object: KubeObject }
  | { kind: "conflict"; conflicts: Conflict[]; message: string };
export type TrackArgs = {
  before?: KubeObject;
  after: KubeObject;
  manager: string;
  subresource?: string;
  schema?: Schema;
  now: string;
};
export function serverSideApply(args: ApplyArgs): ApplyResult {
  return { kind: "applied", object: args.applied };
}
export function trackUpdate(args: TrackArgs): KubeObject {
  return args.after;
}
