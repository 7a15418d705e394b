import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { type Attributes, allows, notCovered, type Rule, ruleText } from "./rules.ts";

/** "get apps/deployments/scale n/name" or "get /path", as the attributes of a request. */
function wish(text: string): Attributes {
  const [verb = "", what = "", where = "/"] = text.split(" ");
  if (what.startsWith("/")) return { kind: "path", verb, path: what };
  const [group = "", resource = "", subresource = ""] = what.split("/");
  const [namespace = "", name = ""] = where.split("/");
  return {
    kind: "resource",
    verb,
    group: group === "core" ? "" : group,
    resource,
    subresource,
    namespace,
    name,
  };
}

const rule = (verbs: string, groups: string, resources: string, names?: string): Rule => ({
  verbs: verbs.split(" "),
  apiGroups: groups.split(" ").map((group) => (group === "core" ? "" : group)),
  resources: resources.split(" "),
  ...(names ? { resourceNames: names.split(" ") } : {}),
});
const urls = (verbs: string, paths: string): Rule => ({
  verbs: verbs.split(" "),
  nonResourceURLs: paths.split(" "),
});

describe("a rule", () => {
  const rows: Record<string, [rule: Rule, wish: string, allowed: boolean]> = {
    "allows its verb on its resource": [rule("get list", "core", "pods"), "get core/pods n/p", true],
    "does not allow another verb": [rule("get list", "core", "pods"), "watch core/pods n/p", false],
    "does not allow the resource of another group": [rule("get", "core", "pods"), "get x.io/pods n/p", false],
    "does not reach below its resource": [rule("get", "core", "pods"), "get core/pods/log n/p", false],
    "reaches a subresource by its name": [rule("get", "core", "pods/log"), "get core/pods/log n/p", true],
    "of a subresource does not allow the resource": [
      rule("get", "core", "pods/log"),
      "get core/pods n/p",
      false,
    ],
    "reaches a subresource of all": [rule("get", "*", "*/scale"), "get apps/deployments/scale n/d", true],
    "for a subresource of all is not for another": [
      rule("get", "*", "*/scale"),
      "get apps/deployments/status n/d",
      false,
    ],
    "for everything reaches subresources": [rule("*", "*", "*"), "delete apps/deployments/scale n/d", true],
    "for everything does not reach paths": [rule("*", "*", "*"), "get /metrics", false],
    "with names allows these": [rule("get", "core", "secrets", "a b"), "get core/secrets n/b", true],
    "with names does not allow others": [
      rule("get", "core", "secrets", "a b"),
      "get core/secrets n/c",
      false,
    ],
    "with names does not allow all at once": [
      rule("list", "core", "secrets", "a"),
      "list core/secrets n/",
      false,
    ],
    "allows a path": [urls("get", "/version"), "get /version", true],
    "does not allow a longer path": [urls("get", "/version"), "get /version/", false],
    "allows what begins like its path": [urls("get", "/api/*"), "get /api/x/y", true],
    "takes the star for what follows alone": [urls("get", "/api/*"), "get /api", false],
    "allows any path": [urls("*", "*"), "post /anything", true],
    "of paths does not allow resources": [urls("*", "*"), "get core/pods n/p", false],
  };
  for (const [sentence, [given, wanted, allowed]] of Object.entries(rows))
    it(sentence, () => assert.equal(allows(given, wish(wanted)), allowed));
});

describe("what is granted beyond what is held", () => {
  const rows: Record<string, [held: Rule[], wanted: Rule[], missing: string[]]> = {
    "nothing, when the same is held": [[rule("get", "core", "pods")], [rule("get", "core", "pods")], []],
    "nothing, when it is held in parts": [
      [rule("get", "core", "pods"), rule("list", "core", "pods")],
      [rule("get list", "core", "pods")],
      [],
    ],
    "verbs, together again": [
      [rule("get", "core", "configmaps")],
      [rule("get list watch", "core", "configmaps secrets")],
      [
        '{APIGroups:[""], Resources:["configmaps"], Verbs:["list" "watch"]}',
        '{APIGroups:[""], Resources:["secrets"], Verbs:["get" "list" "watch"]}',
      ],
    ],
    "a star, by who holds all that is known": [
      [rule("get", "core", "pods")],
      [rule("*", "core", "pods")],
      ['{APIGroups:[""], Resources:["pods"], Verbs:["*"]}'],
    ],
    "all names, by who holds one": [
      [rule("get", "core", "secrets", "a")],
      [rule("get", "core", "secrets")],
      ['{APIGroups:[""], Resources:["secrets"], Verbs:["get"]}'],
    ],
    "the other names, by who holds some": [
      [rule("get", "core", "secrets", "a")],
      [rule("get", "core", "secrets", "a b")],
      ['{APIGroups:[""], Resources:["secrets"], ResourceNames:["b"], Verbs:["get"]}'],
    ],
    "nothing, when subresources of all are held": [
      [rule("update", "*", "*/scale")],
      [rule("update", "apps", "deployments/scale")],
      [],
    ],
    "paths one by one": [
      [urls("get", "/a/*")],
      [urls("get", "/a/b /c /d")],
      ['{NonResourceURLs:["/c"], Verbs:["get"]}', '{NonResourceURLs:["/d"], Verbs:["get"]}'],
    ],
  };
  for (const [sentence, [held, wanted, missing]] of Object.entries(rows))
    it(sentence, () => assert.deepEqual(notCovered(held, wanted).map(ruleText), missing));
});
