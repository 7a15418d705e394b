import { randomBytes } from "node:crypto";
import type { IncomingMessage, ServerResponse } from "node:http";
import { refuse, send } from "./answers.ts";

/** Whom a registry lets in. */
export type RegistryAuth =
  | { kind: "basic"; username: string; password: string }
  /** Tokens of an own token server, for whoever knows the password or has the identity token; for everybody if both are absent. */
  | { kind: "bearer"; username?: string; password?: string; identityToken?: string };

type Gate = {
  /** Answers for the token server. */
  tokens(url: URL, request: IncomingMessage, body: string, response: ServerResponse): void;
  /** Whether a request may go on; else it was answered. */
  admits(
    request: IncomingMessage,
    response: ServerResponse,
    repository: string,
    action: "pull" | "push",
  ): boolean;
  /** From now on the tokens that were given are worth nothing. */
  expire(): void;
};

const service = "testing";

export function createGate(auth: RegistryAuth | undefined, address: () => string): Gate {
  const granted = new Map<string, string[]>();
  const allowed = (header: string | undefined, repository: string, action: string): boolean => {
    if (!auth) return true;
    if (auth.kind === "basic") return header === basic(auth);
    const scopes = granted.get(header?.replace(/^Bearer /, "") ?? "") ?? [];
    return scopes.some((scope) => {
      const [type, name, actions = ""] = scope.split(":");
      return type === "repository" && name === repository && actions.split(",").includes(action);
    });
  };
  return {
    expire: () => granted.clear(),
    admits(request, response, repository, action) {
      const { authorization } = request.headers;
      if (allowed(authorization, repository, action)) return true;
      const scope = `repository:${repository}:${action === "push" ? "pull,push" : "pull"}`;
      const challenge =
        auth?.kind === "basic"
          ? 'Basic realm="testing"'
          : `Bearer realm="${address()}/token",service="${service}",scope="${scope}"`;
      refuse(response, 401, "UNAUTHORIZED", "authentication required", { "WWW-Authenticate": challenge });
      return false;
    },
    tokens(url, request, body, response) {
      if (auth?.kind !== "bearer") return refuse(response, 404, "UNSUPPORTED", "no tokens here");
      const form = request.method === "POST" ? new URLSearchParams(body) : url.searchParams;
      const open = auth.password === undefined && auth.identityToken === undefined;
      const known =
        request.method === "POST"
          ? form.get("refresh_token") === auth.identityToken
          : auth.password !== undefined && request.headers.authorization === basic(auth);
      if (!open && !known) return refuse(response, 401, "UNAUTHORIZED", "authentication required");
      const token = randomBytes(12).toString("hex");
      granted.set(
        token,
        form.getAll("scope").flatMap((scope) => scope.split(" ")),
      );
      send(response, 200, JSON.stringify({ access_token: token, expires_in: 300 }), {
        "Content-Type": "application/json",
      });
    },
  };
}

const basic = ({ username = "", password = "" }: { username?: string; password?: string }) =>
  `Basic ${Buffer.from(`${username}:${password}`).toString("base64")}`;
