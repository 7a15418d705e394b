import type { ServerResponse } from "node:http";

export function send(
  response: ServerResponse,
  status: number,
  body: string | Buffer,
  headers: Record<string, string> = {},
): void {
  response.writeHead(status, { ...headers, "Content-Length": Buffer.byteLength(body) }).end(body);
}

/** An error as the OCI Distribution Specification has them. */
export function refuse(
  response: ServerResponse,
  status: number,
  code: string,
  message: string,
  headers: Record<string, string> = {},
): void {
  const body = `${JSON.stringify({ errors: [{ code, message }] })}\n`;
  send(response, status, body, { ...headers, "Content-Type": "application/json" });
}
