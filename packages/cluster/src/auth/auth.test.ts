import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import type { Cluster } from "../cluster.ts";
import { trustedCluster } from "../trust.fixture.ts";

// The texts are those that kube-apiserver v1.36.3 answered to the same requests.

let cluster: Cluster;
let now = Date.parse("2026-01-01T00:00:00Z");

type Loose = any;
type As = Record<string, string> | string;

/** Asks as the administrator with more headers, or with a token ("" for none). */
async function ask(method: string, path: string, body?: object, as: As = {}) {
  const own = typeof as === "string" ? (as ? { Authorization: `Bearer ${as}` } : {}) : as;
  const admin = typeof as === "string" ? {} : { Authorization: `Bearer ${cluster.token}` };
  const type = method === "PATCH" ? "application/apply-patch+yaml" : "application/json";
  const response = await fetch(cluster.url + path, {
    method,
    headers: { "Content-Type": type, ...admin, ...own } as Record<string, string>,
    ...(body ? { body: JSON.stringify(body) } : {}),
  });
  const text = await response.text();
  return { status: response.status, body: (text.startsWith("{") ? JSON.parse(text) : text) as Loose };
}

const RBAC = "/apis/rbac.authorization.k8s.io/v1";
const ACCOUNTS = "/api/v1/namespaces/default/serviceaccounts";
const SECRETS = "/api/v1/namespaces/default/secrets";
const bob = { "Impersonate-User": "bob" };
const roleRef = (kind: string, name: string) => ({ apiGroup: "rbac.authorization.k8s.io", kind, name });
const user = (name: string) => ({ kind: "User", apiGroup: "rbac.authorization.k8s.io", name });
const whoami = async (as: As) =>
  (await ask("POST", "/apis/authentication.k8s.io/v1/selfsubjectreviews", {}, as)).body.status?.userInfo;
const tokenOf = async (name: string, spec: object = {}) =>
  (await ask("POST", `${ACCOUNTS}/${name}/token`, { spec })).body.status.token as string;
const review = async (token: string, audiences?: string[]) => {
  const spec = { token, ...(audiences ? { audiences } : {}) };
  return (await ask("POST", "/apis/authentication.k8s.io/v1/tokenreviews", { spec })).body.status;
};

async function begin() {
  cluster = await trustedCluster({ simulate: false, now: () => now });
  const rules = [
    {
      apiGroups: ["rbac.authorization.k8s.io"],
      resources: ["*"],
      verbs: ["get", "create", "update", "patch"],
    },
    { apiGroups: [""], resources: ["configmaps"], verbs: ["get", "patch"] },
  ];
  await ask("POST", `${RBAC}/clusterroles`, { metadata: { name: "granter" }, rules });
  const binding = {
    metadata: { name: "bob" },
    roleRef: roleRef("ClusterRole", "granter"),
    subjects: [user("bob")],
  };
  await ask("POST", `${RBAC}/clusterrolebindings`, binding);
  await ask("POST", ACCOUNTS, { metadata: { name: "robot" } });
}

describe("who may do what", () => {
  before(begin);
  after(() => cluster.close());

  const refused: Record<string, [method: string, path: string, as: As, message: string]> = {
    "an object in a namespace": [
      "GET",
      "/api/v1/namespaces/default/secrets/a",
      bob,
      'secrets "a" is forbidden: User "bob" cannot get resource "secrets" in API group "" in the namespace "default"',
    ],
    "a list of all namespaces": [
      "GET",
      "/api/v1/pods",
      bob,
      'pods is forbidden: User "bob" cannot list resource "pods" in API group "" at the cluster scope',
    ],
    "a part of an object": [
      "GET",
      "/api/v1/namespaces/n/pods/x/log",
      bob,
      'pods "x" is forbidden: User "bob" cannot get resource "pods/log" in API group "" in the namespace "n"',
    ],
    "a namespace, which lies in itself": [
      "GET",
      "/api/v1/namespaces/n",
      bob,
      'namespaces "n" is forbidden: User "bob" cannot get resource "namespaces" in API group "" in the namespace "n"',
    ],
    "a watch of one object": [
      "GET",
      "/api/v1/namespaces/n/pods?watch=1&fieldSelector=metadata.name%3Dfoo",
      bob,
      'pods "foo" is forbidden: User "bob" cannot watch resource "pods" in API group "" in the namespace "n"',
    ],
    "what is not even served": [
      "GET",
      "/apis/foo.bar/v1/namespaces/n/things/x",
      bob,
      'things.foo.bar "x" is forbidden: User "bob" cannot get resource "things" in API group "foo.bar" in the namespace "n"',
    ],
    "a path": ["POST", "/foo", bob, 'forbidden: User "bob" cannot post path "/foo"'],
    "anything without credentials": [
      "GET",
      "/api",
      "",
      'forbidden: User "system:anonymous" cannot get path "/api"',
    ],
    "a user that the sender may not impersonate": [
      "GET",
      "/version",
      { "Impersonate-User": "bob", "Impersonate-Group": "g", Authorization: "robot" },
      'forbidden: User "system:serviceaccount:default:robot" cannot impersonate-on:user-info:get path "/version"',
    ],
    "an account that the sender may not impersonate": [
      "GET",
      "/version",
      { "Impersonate-User": "system:serviceaccount:n:x", Authorization: "robot" },
      'forbidden: User "system:serviceaccount:default:robot" cannot impersonate-on:serviceaccount:get path "/version"',
    ],
  };
  for (const [sentence, [method, path, as, message]] of Object.entries(refused))
    it(`refuses ${sentence}`, async () => {
      const robot = typeof as === "object" && as["Authorization"] === "robot";
      const headers = robot ? { ...(as as object), Authorization: `Bearer ${await tokenOf("robot")}` } : as;
      const answer = await ask(method, path, undefined, headers as As);
      assert.deepEqual([answer.status, answer.body.reason, answer.body.message], [403, "Forbidden", message]);
    });

  it("lets anybody ask for health and version, and nobody with a wrong token", async () => {
    for (const path of ["/healthz", "/livez", "/readyz", "/version"])
      assert.equal((await ask("GET", path, undefined, "")).status, 200, path);
    assert.equal((await ask("GET", "/version", undefined, "wrong")).status, 401);
  });

  it("allows what a role of the namespace allows, until its binding goes", async () => {
    const role = {
      metadata: { name: "reader" },
      rules: [{ apiGroups: [""], resources: ["pods"], verbs: ["list"] }],
    };
    await ask("POST", `${RBAC}/namespaces/default/roles`, role);
    const subjects = [{ kind: "ServiceAccount", name: "robot", namespace: "default" }];
    const binding = { metadata: { name: "reader" }, roleRef: roleRef("Role", "reader"), subjects };
    const token = await tokenOf("robot");
    const statuses = async () =>
      Promise.all(
        ["default", "kube-system"].map((ns) => ask("GET", `/api/v1/namespaces/${ns}/pods`, undefined, token)),
      );
    await ask("POST", `${RBAC}/namespaces/default/rolebindings`, binding);
    assert.deepEqual(
      (await statuses()).map(({ status }) => status),
      [200, 403],
    );
    await ask("DELETE", `${RBAC}/namespaces/default/rolebindings/reader`);
    assert.deepEqual(
      (await statuses()).map(({ status }) => status),
      [403, 403],
    );
  });

  it("tells of a role that is bound and does not exist", async () => {
    const binding = {
      metadata: { name: "void" },
      roleRef: roleRef("ClusterRole", "nonesuch"),
      subjects: [user("eve")],
    };
    await ask("POST", `${RBAC}/clusterrolebindings`, binding);
    const { body } = await ask("GET", "/api/v1/nodes", undefined, { "Impersonate-User": "eve" });
    assert.match(
      body.message,
      /at the cluster scope: RBAC: clusterrole.rbac.authorization.k8s.io "nonesuch" not found$/,
    );
  });

  it("refuses a group to who may impersonate the user alone", async () => {
    const rules = [{ apiGroups: [""], resources: ["users"], resourceNames: ["bob"], verbs: ["impersonate"] }];
    await ask("POST", `${RBAC}/clusterroles`, { metadata: { name: "imp" }, rules });
    const subjects = [{ kind: "ServiceAccount", name: "robot", namespace: "default" }];
    const binding = { metadata: { name: "imp" }, roleRef: roleRef("ClusterRole", "imp"), subjects };
    await ask("POST", `${RBAC}/clusterrolebindings`, binding);
    const robot = { ...bob, Authorization: `Bearer ${await tokenOf("robot")}` };
    assert.equal((await whoami(robot)).username, "bob");
    const { body } = await ask("GET", "/version", undefined, { ...robot, "Impersonate-Group": "g" });
    assert.equal(
      body.message,
      'groups "g" is forbidden: User "system:serviceaccount:default:robot" cannot impersonate resource "groups" in API group "" at the cluster scope',
    );
  });

  it("collects the rules of roles by label", async () => {
    const labels = { "rbac.authorization.k8s.io/aggregate-to-view": "true" };
    const rules = [{ apiGroups: ["example.com"], resources: ["things"], verbs: ["get"] }];
    await ask("POST", `${RBAC}/clusterroles`, { metadata: { name: "more", labels }, rules });
    for (const name of ["view", "edit", "admin"]) {
      const role = (await ask("GET", `${RBAC}/clusterroles/${name}`)).body;
      assert.ok(
        role.rules.some(({ apiGroups }: Loose) => apiGroups[0] === "example.com"),
        name,
      );
    }
  });
});

describe("who may grant what", () => {
  before(begin);
  after(() => cluster.close());

  const held =
    'user "bob" (groups=["system:authenticated"]) is attempting to grant RBAC permissions not currently held:\n';
  const rows: Record<string, [path: string, object: object, status: number, message?: string]> = {
    "a role of what one has": [
      "namespaces/default/roles",
      { metadata: { name: "ok" }, rules: [{ apiGroups: [""], resources: ["configmaps"], verbs: ["get"] }] },
      201,
    ],
    "a role of more than that": [
      "namespaces/default/roles",
      {
        metadata: { name: "r" },
        rules: [{ apiGroups: [""], resources: ["configmaps", "secrets"], verbs: ["get"] }],
      },
      403,
      `roles.rbac.authorization.k8s.io "r" is forbidden: ${held}{APIGroups:[""], Resources:["secrets"], Verbs:["get"]}`,
    ],
    "a role that collects others": [
      "clusterroles",
      { metadata: { name: "r" }, aggregationRule: { clusterRoleSelectors: [{ matchLabels: { a: "b" } }] } },
      403,
      'clusterroles.rbac.authorization.k8s.io "r" is forbidden: must have cluster-admin privileges to use the aggregationRule',
    ],
    "a binding of what one has": [
      "namespaces/default/rolebindings",
      {
        metadata: { name: "ok" },
        roleRef: roleRef("ClusterRole", "system:basic-user"),
        subjects: [user("x")],
      },
      201,
    ],
    "a binding of everything": [
      "namespaces/default/rolebindings",
      { metadata: { name: "b" }, roleRef: roleRef("ClusterRole", "cluster-admin"), subjects: [user("x")] },
      403,
      `rolebindings.rbac.authorization.k8s.io "b" is forbidden: ${held}{APIGroups:["*"], Resources:["*"], Verbs:["*"]}\n{NonResourceURLs:["*"], Verbs:["*"]}`,
    ],
    "a binding of nothing": [
      "clusterrolebindings",
      { metadata: { name: "b" }, roleRef: roleRef("ClusterRole", "nonesuch"), subjects: [user("x")] },
      404,
      'clusterrolebindings.rbac.authorization.k8s.io "nonesuch" not found',
    ],
  };
  for (const [sentence, [path, object, status, message]] of Object.entries(rows))
    it(`${sentence}: ${status}`, async () => {
      const answer = await ask("POST", `${RBAC}/${path}`, object, bob);
      assert.equal(answer.status, status, answer.body.message);
      if (message) assert.equal(answer.body.message, message);
    });

  it("asks for create as well when an apply would create", async () => {
    const object = { apiVersion: "v1", kind: "ConfigMap", metadata: { name: "new" } };
    const path = "/api/v1/namespaces/default/configmaps/new?fieldManager=x";
    const answer = await ask("PATCH", path, object, bob);
    assert.equal(answer.status, 403);
    assert.match(answer.body.message, /^configmaps "new" is forbidden: User "bob" cannot create resource/);
    assert.equal((await ask("PATCH", path, object)).status, 201);
    assert.equal((await ask("PATCH", path, object, bob)).status, 200);
  });
});

describe("tokens of ServiceAccounts", () => {
  before(begin);
  after(() => cluster.close());

  it("say who they are of", async () => {
    const { username, groups, extra } = await whoami(await tokenOf("robot"));
    assert.equal(username, "system:serviceaccount:default:robot");
    assert.deepEqual(groups, [
      "system:serviceaccounts",
      "system:serviceaccounts:default",
      "system:authenticated",
    ]);
    assert.match(extra["authentication.kubernetes.io/credential-id"][0], /^JTI=/);
  });

  it("hold for their audiences alone", async () => {
    const token = await tokenOf("robot", { audiences: ["a"] });
    assert.equal((await ask("GET", "/version", undefined, token)).status, 401);
    assert.deepEqual((await review(token, ["a", "b"])).audiences, ["a"]);
    assert.equal(
      (await review(token)).error,
      '[invalid bearer token, token audiences ["a"] is invalid for the target audiences ["https://kubernetes.default.svc.cluster.local"]]',
    );
  });

  it("hold until they expire", async () => {
    const token = await tokenOf("robot", { expirationSeconds: 600 });
    now += 599_000;
    assert.equal((await review(token)).authenticated, true);
    now += 1_000;
    assert.equal((await review(token)).error, "[invalid bearer token, service account token has expired]");
  });

  it("hold as long as what they are bound to, and their account", async () => {
    await ask("POST", SECRETS, { metadata: { name: "held" } });
    await ask("POST", ACCOUNTS, { metadata: { name: "short" } });
    const boundObjectRef = { kind: "Secret", apiVersion: "v1", name: "held" };
    const [bound, free] = [await tokenOf("short", { boundObjectRef }), await tokenOf("short")];
    assert.equal((await ask("GET", "/api", undefined, bound)).status, 200);
    await ask("DELETE", `${SECRETS}/held`);
    assert.equal(
      (await review(bound)).error,
      "[invalid bearer token, service account token has been invalidated]",
    );
    assert.equal((await ask("GET", "/api", undefined, free)).status, 200);
    await ask("DELETE", `${ACCOUNTS}/short`);
    assert.equal((await ask("GET", "/api", undefined, free)).status, 401);
  });

  it("are none when they were changed or made elsewhere", async () => {
    const token = await tokenOf("robot");
    const [head, , signature] = token.split(".");
    const claims = Buffer.from(JSON.stringify({ sub: "system:serviceaccount:default:robot" })).toString(
      "base64url",
    );
    for (const other of [`${head}.${claims}.${signature}`, `${token}x.y`, "e30.e30.e30"])
      assert.equal((await ask("GET", "/version", undefined, other)).status, 401, other);
  });

  it("are put into Secrets that ask for one, which go with the account", async () => {
    await ask("POST", ACCOUNTS, { metadata: { name: "old" } });
    const metadata = { name: "old", annotations: { "kubernetes.io/service-account.name": "old" } };
    await ask("POST", SECRETS, { metadata, type: "kubernetes.io/service-account-token" });
    const { body } = await ask("GET", `${SECRETS}/old`);
    const token = Buffer.from(body.data.token, "base64").toString();
    assert.equal((await whoami(token)).username, "system:serviceaccount:default:old");
    await ask("DELETE", `${ACCOUNTS}/old`);
    assert.equal((await ask("GET", `${SECRETS}/old`)).status, 404);
    assert.equal((await ask("GET", "/api", undefined, token)).status, 401);
  });

  it("open a kubeconfig for tests, and outlive the cluster in its snapshot", async () => {
    const dir = mkdtempSync(join(tmpdir(), "cluster-auth-"));
    const snapshotFile = join(dir, "snapshot.json");
    const first = await trustedCluster({ simulate: false, snapshotFile });
    assert.throws(
      () => first.kubeconfigFor({ namespace: "default", serviceAccount: "none" }),
      /create it first/,
    );
    const token = /token: (\S+)/.exec(
      first.kubeconfigFor({ namespace: "default", serviceAccount: "default" }),
    )![1]!;
    await first.close();
    const second = await trustedCluster({ simulate: false, snapshotFile });
    const headers = { Authorization: `Bearer ${token}` };
    assert.equal((await fetch(`${second.url}/api`, { headers })).status, 200);
    assert.equal(second.token, first.token);
    await second.close();
    rmSync(dir, { recursive: true });
  });
});

describe("impersonation", () => {
  before(begin);
  after(() => cluster.close());

  const rows: Record<string, [headers: Record<string, string>, expected: object]> = {
    "a user is authenticated": [bob, { username: "bob", groups: ["system:authenticated"] }],
    "a ServiceAccount has its groups": [
      { "Impersonate-User": "system:serviceaccount:a:b" },
      {
        username: "system:serviceaccount:a:b",
        groups: ["system:serviceaccounts", "system:serviceaccounts:a", "system:authenticated"],
      },
    ],
    "uid and extras are taken over": [
      { ...bob, "Impersonate-Group": "g", "Impersonate-Uid": "u", "Impersonate-Extra-Sco%2fpe": "v" },
      { username: "bob", uid: "u", groups: ["g", "system:authenticated"], extra: { "sco/pe": ["v"] } },
    ],
  };
  for (const [sentence, [headers, expected]] of Object.entries(rows))
    it(sentence, async () => assert.deepEqual(await whoami(headers), expected));

  it("needs a user", async () => {
    const { status, body } = await ask("GET", "/version", undefined, { "Impersonate-Group": "x" });
    assert.equal(status, 400);
    assert.equal(
      body.message,
      'requested &user.DefaultInfo{Name:"", UID:"", Groups:[]string{"x"}, Extra:map[string][]string(nil)} without impersonating a user name',
    );
  });
});

describe("reviews", () => {
  before(begin);
  after(() => cluster.close());

  const ASK = "/apis/authorization.k8s.io/v1/subjectaccessreviews";
  const attributes = (resource: string) => ({
    resourceAttributes: { verb: "get", resource, namespace: "default" },
  });
  const rows: Record<string, [spec: object, status: object]> = {
    "name the binding that allows": [
      { user: "bob", ...attributes("configmaps") },
      {
        allowed: true,
        reason: 'RBAC: allowed by ClusterRoleBinding "bob" of ClusterRole "granter" to User "bob"',
      },
    ],
    "have no reason where nothing allows": [{ user: "bob", ...attributes("pods") }, { allowed: false }],
    "know system:masters": [
      { user: "x", groups: ["system:masters"], ...attributes("pods") },
      { allowed: true },
    ],
    "know paths": [
      { user: "x", groups: ["system:authenticated"], nonResourceAttributes: { verb: "get", path: "/api/x" } },
      {
        allowed: true,
        reason:
          'RBAC: allowed by ClusterRoleBinding "system:discovery" of ClusterRole "system:discovery" to Group "system:authenticated"',
      },
    ],
  };
  for (const [sentence, [spec, status]] of Object.entries(rows))
    it(sentence, async () => assert.deepEqual((await ask("POST", ASK, { spec })).body.status, status));

  it("list what one may in a namespace", async () => {
    const path = "/apis/authorization.k8s.io/v1/selfsubjectrulesreviews";
    const { status } = (await ask("POST", path, { spec: { namespace: "default" } }, bob)).body;
    assert.deepEqual(
      status.resourceRules.slice(0, 2).map(({ resources }: Loose) => resources),
      [["*"], ["configmaps"]],
    );
    assert.equal(status.incomplete, false);
  });
});
