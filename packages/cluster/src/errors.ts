/** meta/v1 Status, as a failed request is answered. */
export type Status = {
  kind: "Status";
  apiVersion: "v1";
  metadata: Record<string, unknown>;
  status: "Success" | "Failure";
  message?: string;
  reason?: string;
  details?: StatusDetails;
  code?: number;
};

export type StatusDetails = {
  name?: string;
  group?: string;
  kind?: string;
  uid?: string;
  causes?: StatusCause[];
  retryAfterSeconds?: number;
};

export type StatusCause = { reason?: string; message?: string; field?: string };

/** A refused request: an Error that carries the Status which the real API server would have answered. */
export type ApiError = Error & { status: Status & { code: number } };

/** A group and a plural name, as messages speak of it: "deployments.apps", "pods". */
export type GroupResource = { group: string; resource: string };

/** Builds the error for a Status; `message`, `reason` and `code` in their order on the wire. */
export function apiError(code: number, reason: string, message: string, details?: StatusDetails): ApiError {
  const status: ApiError["status"] = {
    kind: "Status",
    apiVersion: "v1",
    metadata: {},
    status: "Failure",
    message,
    ...(reason === "" ? {} : { reason }),
    ...(details ? { details } : {}),
    code,
  };
  return Object.assign(new Error(message), { status });
}

/** True for errors made here. */
export function isApiError(thrown: unknown): thrown is ApiError {
  return thrown instanceof Error && typeof (thrown as Partial<ApiError>).status?.code === "number";
}

/** `deployments.apps`, or `pods` for the core group. */
function qualified({ group, resource }: GroupResource): string {
  return group === "" ? resource : `${resource}.${group}`;
}

function detailsOf({ group, resource }: GroupResource, name: string): StatusDetails {
  return { ...(name ? { name } : {}), ...(group ? { group } : {}), ...(resource ? { kind: resource } : {}) };
}

export function notFound(of: GroupResource, name: string): ApiError {
  return apiError(404, "NotFound", `${qualified(of)} "${name}" not found`, detailsOf(of, name));
}

export function alreadyExists(of: GroupResource, name: string, dying = false): ApiError {
  return apiError(
    409,
    "AlreadyExists",
    `${dying ? "object is being deleted: " : ""}${qualified(of)} "${name}" already exists`,
    detailsOf(of, name),
  );
}

export function conflict(of: GroupResource, name: string, because: string): ApiError {
  const message = `Operation cannot be fulfilled on ${qualified(of)} "${name}": ${because}`;
  return apiError(409, "Conflict", message, detailsOf(of, name));
}

export function badRequest(message: string): ApiError {
  return apiError(400, "BadRequest", message);
}

export function forbidden(
  of: GroupResource,
  name: string,
  because: string,
  causes?: StatusCause[],
): ApiError {
  const subject =
    qualified(of) === ""
      ? "forbidden"
      : name === ""
        ? `${qualified(of)} is forbidden`
        : `${qualified(of)} "${name}" is forbidden`;
  return apiError(403, "Forbidden", `${subject}: ${because}`, {
    ...detailsOf(of, name),
    ...(causes ? { causes } : {}),
  });
}

/** The 500 for what should not happen (NewInternalError). */
export function internalError(because: string): ApiError {
  return apiError(500, "InternalError", `Internal error occurred: ${because}`, {
    causes: [{ message: because }],
  });
}

export function methodNotSupported(of: GroupResource, action: string): ApiError {
  const message = `${action} is not supported on resources of kind "${qualified(of)}"`;
  return apiError(405, "MethodNotAllowed", message, detailsOf(of, ""));
}

export function expired(message: string): ApiError {
  return apiError(410, "Expired", message);
}

/** The answer for a path that a served group version does not have. */
export function noSuchResource(): ApiError {
  return apiError(404, "NotFound", "the server could not find the requested resource", {});
}
