export type { ApiError, Status, StatusCause, StatusDetails } from "./errors.ts";
export { isApiError } from "./errors.ts";
export type {
  DeleteOptions,
  ListOptions,
  NameRef,
  Store,
  StoreEvent,
  TypeRef,
  WriteOptions,
} from "./store.ts";
