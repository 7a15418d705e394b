import { createServer, type Server } from "node:https";
import type { AddressInfo } from "node:net";
import { createAuthority } from "@sluice/x509";
import type { Loose } from "./scenario.fixture.ts";

/** A server of webhooks that behave as their path says. */
export type WebhookServer = {
  /** https://127.0.0.1:PORT */
  url: string;
  /** as a caBundle */
  ca: string;
  /** the reviews that came since the last call, in the order of their paths */
  taken(): Loose[];
  /** keeps the next review that comes to /held waiting; the others are allowed at once */
  hold(): { arrived: Promise<void>; release(): void };
  close(): void;
};

type Behaviour = (request: Loose, args: string[]) => Loose;

const patch = (operations: object[]) => ({
  patchType: "JSONPatch",
  patch: Buffer.from(JSON.stringify(operations)).toString("base64"),
});

/** What follows `/` in the path, up to the next `/`. An answer is the response of a review; a number a status; a text the whole body. */
const BEHAVIOURS: Record<string, Behaviour> = {
  allow: () => ({ allowed: true }),
  deny: () => ({ allowed: false }),
  because: () => ({ allowed: false, status: { message: "not on a Sunday" } }),
  reason: () => ({ allowed: false, status: { reason: "Forbidden" } }),
  status: () => ({
    allowed: false,
    status: {
      code: 409,
      reason: "Conflict",
      message: "taken",
      status: "Success",
      details: { name: "x", causes: [{ field: "spec", message: "bad", reason: "FieldValueInvalid" }] },
    },
  }),
  warn: () => ({ allowed: true, warnings: ["first", 'second: "quoted"'] }),
  denywarn: () => ({ allowed: false, warnings: ["and a warning"] }),
  // adds the label that the rest of the path names
  label: ({ object }, [name = "x", value = "y"]) => ({ allowed: true, ...labelled(object, name, value) }),
  count: ({ object }) => {
    const count = Number(object.metadata.labels?.count ?? 0) + 1;
    return { allowed: true, ...labelled(object, "count", String(count)) };
  },
  triple: ({ object }) => ({
    allowed: true,
    ...patch([{ op: "replace", path: "/spec/replicas", value: object.spec.replicas * 3 }]),
  }),
  unknown: () => ({ allowed: true, ...patch([{ op: "add", path: "/spec", value: { nonsense: 1 } }]) }),
  badtype: () => ({ allowed: true, ...patch([{ op: "add", path: "/data", value: 5 }]) }),
  badpatch: () => ({ allowed: true, ...patch([{ op: "remove", path: "/data/nothing" }]) }),
  nopatch: () => ({ allowed: true, ...patch([]) }),
  notalist: () => ({ allowed: true, patchType: "JSONPatch", patch: Buffer.from("5").toString("base64") }),
  notype: () => ({ allowed: true, patch: patch([{ op: "add", path: "/x", value: 1 }]).patch }),
  onlytype: () => ({ allowed: true, patchType: "JSONPatch" }),
  nulls: () => ({ allowed: true, status: null, warnings: null, patch: null, patchType: null }),
  denyingnulls: () => ({ allowed: false, status: null, warnings: null }),
  uid: () => ({ allowed: true, uid: "other" }),
  empty: () => undefined,
  error: () => 500,
  missing: () => 404,
  unavailable: () => 503,
  redirect: () => 302,
  teapot: () => 418,
  text: () => "no JSON",
  list: () => "[]",
  // allows once it is released
  held: () => "held",
  huge: () => " ".repeat(4 * 1024 * 1024),
  slow: () => "slow",
};

function labelled(object: Loose, name: string, value: string) {
  return object?.metadata.labels
    ? patch([{ op: "add", path: `/metadata/labels/${name}`, value }])
    : patch([{ op: "add", path: "/metadata/labels", value: { [name]: value } }]);
}

/** Starts the server. Its certificate holds for 127.0.0.1 and the given names. */
export async function startWebhooks(...names: string[]): Promise<WebhookServer> {
  const authority = createAuthority("webhooks");
  const reviews: { path: string; review: Loose }[] = [];
  const held: Record<"arrived" | "released", PromiseWithResolvers<void>>[] = [];
  const server: Server = createServer(authority.server(["127.0.0.1", ...names]), async (req, res) => {
    const chunks: Buffer[] = [];
    for await (const chunk of req) chunks.push(chunk as Buffer);
    const url = new URL(req.url!, "https://host");
    const review = JSON.parse(Buffer.concat(chunks).toString());
    reviews.push({ path: req.url!, review });
    const [, name = "", ...args] = url.pathname.split("/");
    let answer = BEHAVIOURS[name]?.(review.request, args);
    if (answer === "held") {
      const { arrived, released } = held.shift() ?? {};
      arrived?.resolve();
      await released?.promise;
      answer = { allowed: true };
    }
    if (answer === "slow") return void setTimeout(() => res.destroy(), 3_000).unref();
    if (typeof answer === "number") return void res.writeHead(answer).end("trouble\n");
    if (typeof answer === "string") return void res.end(answer);
    const response = answer && { uid: review.request.uid, ...answer };
    res.end(
      JSON.stringify({ kind: review.kind, apiVersion: review.apiVersion, ...(response && { response }) }),
    );
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    url: `https://127.0.0.1:${(server.address() as AddressInfo).port}`,
    ca: Buffer.from(authority.cert).toString("base64"),
    taken: () =>
      reviews
        .splice(0)
        .sort((a, b) => (a.path < b.path ? -1 : 1))
        .map(({ path, review }) => ({ path, ...review })),
    hold: () => {
      const [arrived, released] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
      held.push({ arrived, released });
      return { arrived: arrived.promise, release: released.resolve };
    },
    close: () => {
      server.close();
      server.closeAllConnections();
    },
  };
}
