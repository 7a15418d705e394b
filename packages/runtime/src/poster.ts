import type { Event } from "@sluice/api";
import { request } from "undici";
import { messageOf } from "./problem.ts";
import type { Log } from "./types.ts";

/** Posts events as JSON: those of one object in their order, several objects at a time. */
export type Poster = {
  post(event: Event): void;
  /** Resolves when nothing is left to send. */
  idle(): Promise<void>;
};

export type PosterOptions = {
  address: string;
  sleep(ms: number, signal?: AbortSignal): Promise<void>;
  log: Log;
};

const lanes = 4;
const mostWaiting = 5000;
const timeout = 5000;
// Four retries after 1, 2, 4 and 8 seconds: hashicorp/go-retryablehttp, whose defaults Flux uses.
const retries = [1000, 2000, 4000, 8000];

/**
 * @param address URL of the receiver, as `--events-addr` gives it
 * @throws when it is not an http(s) URL
 */
export function createPoster({ address, sleep, log }: PosterOptions): Poster {
  if (!/^https?:$/.test(URL.parse(address)?.protocol ?? ""))
    throw new Error(
      `--events-addr: "${address}" is not an http URL; write it like http://notification-controller/`,
    );
  const last: Promise<void>[] = Array.from({ length: lanes }, () => Promise.resolve());
  let waiting = 0;
  const deliver = async (event: Event) => {
    const body = JSON.stringify(event);
    for (let attempt = 0; ; attempt++) {
      const problem = await tryPost(address, body);
      if (problem === undefined) return;
      const delay = problem.lasting ? undefined : retries[attempt];
      if (delay === undefined) {
        const { kind, namespace, name } = event.involvedObject;
        return log.error("unable to post an event", {
          error: problem.message,
          object: `${kind}/${namespace}/${name}`,
        });
      }
      await sleep(delay).catch(() => undefined);
    }
  };
  return {
    post(event) {
      if (waiting >= mostWaiting) return log.debug("dropped an event: too many wait for the receiver");
      waiting++;
      const lane = laneOf(`${event.involvedObject.uid}`);
      last[lane] = last[lane]!.then(() => deliver(event)).finally(() => void waiting--);
    },
    idle: async () => void (await Promise.all(last)),
  };
}

type PostProblem = { message: string; lasting: boolean };

async function tryPost(address: string, body: string): Promise<PostProblem | undefined> {
  try {
    const answer = await request(address, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body,
      headersTimeout: timeout,
      bodyTimeout: timeout,
      signal: AbortSignal.timeout(timeout),
    });
    await answer.body.dump();
    const { statusCode } = answer;
    // 429 is how notification-controller says that it has had the same event just before.
    if (statusCode < 300 || statusCode === 429) return undefined;
    return {
      message: `the receiver answered ${statusCode}`,
      lasting: statusCode < 500 || statusCode === 501,
    };
  } catch (thrown) {
    return { message: messageOf(thrown), lasting: false };
  }
}

function laneOf(uid: string): number {
  let sum = 0;
  for (let at = 0; at < uid.length; at++) sum = (sum * 31 + uid.charCodeAt(at)) % 65_521;
  return sum % lanes;
}
