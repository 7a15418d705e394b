import type { Exchange } from "./exchange.ts";
import { sendValue } from "./respond.ts";

/** What a fault is matched against; `resource` is "deployments/status" for subresources, "" outside the API. */
export type FaultRequest = { method: string; path: string; verb: string; resource: string };

/** Trouble to make for tests. Without `respond` the server answers 500; `times` limits how often, default always. */
export type Fault = {
  match: (request: FaultRequest) => boolean;
  respond?: { status: number; body?: unknown } | "hang" | "disconnect";
  times?: number;
};

export type Faults = {
  inject(fault: Fault): () => void;
  /** true when a fault has dealt with the request */
  meet(exchange: Exchange): Promise<boolean>;
};

export function newFaults(): Faults {
  const faults = new Set<{ fault: Fault; left: number }>();
  return {
    inject(fault) {
      const entry = { fault, left: fault.times ?? Number.POSITIVE_INFINITY };
      faults.add(entry);
      return () => faults.delete(entry);
    },
    async meet(exchange) {
      if (faults.size === 0) return false;
      const request = requestOf(exchange);
      for (const entry of faults) {
        if (!entry.fault.match(request)) continue;
        if (--entry.left <= 0) faults.delete(entry);
        carryOut(exchange, entry.fault.respond ?? { status: 500 });
        return true;
      }
      return false;
    },
  };
}

function requestOf({ method, req, verb, path }: Exchange): FaultRequest {
  const resource = path?.plural ? `${path.plural}${path.subresource ? `/${path.subresource}` : ""}` : "";
  return { method, path: req.url ?? "/", verb, resource };
}

function carryOut(exchange: Exchange, respond: NonNullable<Fault["respond"]>): void {
  if (respond === "hang") return; // the socket stays open until the client or the cluster closes it
  if (respond === "disconnect") {
    exchange.req.socket.destroy();
    return;
  }
  const { status, body } = respond;
  const fallback = {
    kind: "Status",
    apiVersion: "v1",
    metadata: {},
    status: "Failure",
    message: "injected fault",
    code: status,
  };
  sendValue(exchange, status, body ?? fallback, { media: "json", pretty: false });
}
