export {
  type ApplyArgs,
  ApplyError,
  type ApplyResult,
  serverSideApply,
  type TrackArgs,
  trackUpdate,
} from "./apply.ts";
export type { Conflict } from "./conflict.ts";
export { overlay } from "./overlay.ts";
