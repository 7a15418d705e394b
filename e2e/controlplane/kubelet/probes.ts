import { request } from "node:http";
import { request as secureRequest } from "node:https";
import { connect } from "node:net";
import type { Loose } from "../api.ts";
import { localOf } from "../network.ts";

/** What a probe has come to: its current answer, and how often in a row the last outcome was seen. */
export type Probing = { passing: boolean; streak: { ok: boolean; length: number } };

/** A probe's settings with the defaults that the API server writes. Seconds. */
const settingsOf = (probe: Loose) => ({
  delay: probe.initialDelaySeconds ?? 0,
  period: probe.periodSeconds ?? 10,
  timeout: probe.timeoutSeconds ?? 1,
  success: probe.successThreshold ?? 1,
  failure: probe.failureThreshold ?? 3,
});

/** The next state after one outcome. The answer changes only when a threshold is met. */
export function afterOutcome(before: Probing, ok: boolean, probe: Loose): Probing {
  const { success, failure } = settingsOf(probe);
  const length = before.streak.ok === ok ? before.streak.length + 1 : 1;
  const met = length >= (ok ? success : failure);
  return { passing: met ? ok : before.passing, streak: { ok, length } };
}

// A kubelet asks for readiness again after a whole period. Tests would wait with it, so until the first success we ask sooner;
// not where failures lead to a restart.
const eagerMs = 250;

/** How long until the next try, in milliseconds. `asked`: how often it was tried before; `eager`: it never succeeded yet. */
export function pauseOf(probe: Loose, asked: number, eager: boolean): number {
  const { delay, period } = settingsOf(probe);
  if (asked === 0) return delay * 1000;
  return eager ? Math.min(period * 1000, eagerMs) : period * 1000;
}

/**
 * Tries a probe once, within its timeout. @returns whether it succeeded, and how it failed
 * @throws never
 */
export async function tryProbe(
  probe: Loose,
  container: Loose,
  podIP: string,
): Promise<{ ok: boolean; message: string }> {
  const signal = AbortSignal.timeout(settingsOf(probe).timeout * 1000);
  try {
    if (probe.httpGet)
      return await tryHttp(probe.httpGet, portOf(probe.httpGet.port, container), podIP, signal);
    if (probe.tcpSocket) return await tryTcp(portOf(probe.tcpSocket.port, container), podIP, signal);
    return { ok: false, message: "only httpGet and tcpSocket probes are supported here" };
  } catch (thrown) {
    return { ok: false, message: signal.aborted ? "timeout" : (thrown as Error).message };
  }
}

/** A port by number, or by the name that the container gives it. @throws when no port has that name */
export function portOf(port: number | string, container: Loose): number {
  if (typeof port === "number") return port;
  const named = (container.ports ?? []).find(({ name }: Loose) => name === port);
  if (named === undefined) throw new Error(`the container has no port named "${port}"`);
  return named.containerPort;
}

function tryHttp(
  { host, path = "/", scheme, httpHeaders = [] }: Loose,
  port: number,
  podIP: string,
  signal: AbortSignal,
) {
  const headers = {
    "user-agent": "kube-probe/sluice",
    ...Object.fromEntries(httpHeaders.map(({ name, value }: Loose) => [name, value])),
  };
  const options = {
    host: localOf(host ?? podIP),
    port,
    path,
    headers,
    signal,
    rejectUnauthorized: false,
    agent: false,
  };
  return new Promise<{ ok: boolean; message: string }>((resolve, reject) => {
    const send = scheme === "HTTPS" ? secureRequest : request;
    send(options, (response) => {
      response.resume();
      const { statusCode = 0 } = response;
      resolve({
        ok: statusCode >= 200 && statusCode < 400,
        message: `HTTP probe failed with statuscode: ${statusCode}`,
      });
    })
      .once("error", reject)
      .end();
  });
}

function tryTcp(port: number, podIP: string, signal: AbortSignal) {
  return new Promise<{ ok: boolean; message: string }>((resolve, reject) => {
    const socket = connect({ host: localOf(podIP), port, signal }, () => {
      socket.destroy();
      resolve({ ok: true, message: "" });
    }).once("error", reject);
  });
}
