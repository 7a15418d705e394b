import type { KubeObject } from "@sluice/api";
import { maskSecrets } from "./mask.ts";
import type { ApiError } from "./types.ts";

/** A `Status` as API servers send it; every field may be missing. */
type Status = {
  message?: string;
  reason?: string;
  details?: { retryAfterSeconds?: number; causes?: { field?: string; message?: string; reason?: string }[] };
};

/** What an error says first: verb and path, without query. */
export type Subject = { method: string; path: string; host: string };

// Reasons of answers that carry no Status (proxies, load balancers): k8s.io/apimachinery meta/v1, StatusReason.
const reasonOfCode: Record<number, string> = {
  400: "BadRequest",
  401: "Unauthorized",
  403: "Forbidden",
  404: "NotFound",
  405: "MethodNotAllowed",
  409: "Conflict",
  410: "Gone",
  413: "RequestEntityTooLarge",
  415: "UnsupportedMediaType",
  422: "Invalid",
  429: "TooManyRequests",
  500: "InternalError",
  503: "ServiceUnavailable",
  504: "Timeout",
};

const longestMessage = 8192;

/** Makes an `ApiError`. */
export function apiError(
  message: string,
  facts: {
    status: number;
    reason: string;
    causes?: ApiError["causes"];
    retryAfterMs?: number;
    cause?: unknown;
  },
): ApiError {
  const { cause, ...rest } = facts;
  const error = new Error(message.slice(0, longestMessage), cause === undefined ? {} : { cause });
  return Object.assign(error, { name: "ApiError", causes: [], ...rest });
}

/**
 * The error of an answer that is not 2xx.
 * @param body what came back, parsed when it was JSON
 * @param sent the object of the request; values of a Secret are masked wherever the server repeats them
 */
export function answerError(
  status: number,
  body: unknown,
  subject: Subject,
  { sent, retryAfterMs }: { sent?: unknown; retryAfterMs?: number } = {},
): ApiError {
  const { message, reason, details } = isStatus(body) ? body : ({} as Status);
  const hide = (text: string) => maskSecrets(text, sent as KubeObject | undefined);
  const text = typeof body === "string" ? body.trim().slice(0, 200) : "";
  const said = message ?? (text || `${subject.method} ${subject.path}: the server answered ${status}`);
  const causes = (details?.causes ?? []).map((cause) => ({
    ...cause,
    message: cause.message && hide(cause.message),
  }));
  const seconds = details?.retryAfterSeconds;
  return apiError(hide(said), {
    status,
    reason: reason || reasonOfCode[status] || "Unknown",
    causes,
    retryAfterMs: retryAfterMs ?? (seconds ? seconds * 1000 : undefined),
  });
}

/** The error of a request that got no answer: what was tried, why it failed, what to look at. */
export function noAnswer(subject: Subject, thrown: unknown): ApiError {
  const { code = "", message = "" } = thrown as { code?: string; message?: string };
  const known = explanations.find(([pattern]) => pattern.test(code) || pattern.test(message));
  const [, reason, hint] = known ?? [/./, "Unreachable", ""];
  const why = [code && !message.includes(code) ? code : "", message].filter(Boolean).join(" ");
  const text = `${subject.method} ${subject.path}: no answer from ${subject.host}: ${why}${hint ? `; ${hint}` : ""}`;
  return apiError(text, { status: 0, reason, cause: thrown });
}

const explanations: [RegExp, string, string][] = [
  [/of the kubeconfig failed|credentials cannot be read/, "BadCredentials", ""],
  [/CONNECT_TIMEOUT|HEADERS_TIMEOUT|BODY_TIMEOUT|ETIMEDOUT/, "Timeout", ""],
  [/ECONNREFUSED/, "Unreachable", "nothing listens there: check the server address of the kubeconfig"],
  [/ENOTFOUND|EAI_AGAIN/, "Unreachable", "the host name does not resolve"],
  [
    /CERT|SELF_SIGNED|UNABLE_TO_VERIFY|altname/i,
    "BadCertificate",
    "check certificate-authority-data and tls-server-name of the kubeconfig",
  ],
];

/** Whether `thrown` is an `ApiError`, with this HTTP status if one is given. */
export function isApiError(thrown: unknown, status?: number): thrown is ApiError {
  const error = thrown as ApiError;
  return (
    thrown instanceof Error && error.name === "ApiError" && (status === undefined || error.status === status)
  );
}

function isStatus(body: unknown): body is Status {
  return typeof body === "object" && body !== null && (body as { kind?: unknown }).kind === "Status";
}
