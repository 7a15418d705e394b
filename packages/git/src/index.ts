export type { GitError, GitErrorCode } from "./errors.ts";
export { isGitError } from "./errors.ts";
export { openMirrors } from "./mirrors.ts";
export type {
  CheckedOut,
  CheckoutRequest,
  Credentials,
  Limits,
  Mirrors,
  Person,
  Ref,
  Resolved,
} from "./types.ts";
