import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { duplicateFields } from "./duplicates.ts";
import { goJsonProblem } from "./gojson.ts";
import { negotiate } from "./negotiate.ts";
import { type ApiPath, parsePath, verbOf } from "./path.ts";
import { warningsTold } from "./respond.ts";

describe("a path", () => {
  const rows: [path: string, method: string, parsed: ApiPath | undefined, verb: string][] = [
    ["/api/v1/pods", "GET", { group: "", version: "v1", plural: "pods" }, "list"],
    ["/api/v1/namespaces", "POST", { group: "", version: "v1", plural: "namespaces" }, "create"],
    [
      "/api/v1/namespaces/x",
      "DELETE",
      { group: "", version: "v1", plural: "namespaces", name: "x" },
      "delete",
    ],
    [
      "/api/v1/namespaces/x/status",
      "PUT",
      { group: "", version: "v1", plural: "namespaces", name: "x", subresource: "status" },
      "update",
    ],
    [
      "/api/v1/namespaces/x/pods/p/log",
      "GET",
      { group: "", version: "v1", namespace: "x", plural: "pods", name: "p", subresource: "log" },
      "get",
    ],
    [
      "/apis/apps/v1/namespaces/x/deployments",
      "DELETE",
      { group: "apps", version: "v1", namespace: "x", plural: "deployments" },
      "deletecollection",
    ],
    [
      "/apis/apps/v1/watch/deployments",
      "GET",
      { group: "apps", version: "v1", plural: "deployments", watch: true },
      "watch",
    ],
    ["/api/v1/pods%2Fx", "GET", { group: "", version: "v1", plural: "pods/x" }, "list"],
    ["/healthz", "GET", undefined, ""],
  ];
  for (const [path, method, parsed, verb] of rows)
    it(`${method} ${path} is ${verb || "not the API's"}`, () => {
      assert.deepEqual(parsePath(path), parsed);
      if (parsed) assert.equal(verbOf(method, parsed, false), verb);
    });
});

describe("fields that come twice", () => {
  const rows: Record<string, string[]> = {
    '{"a":1,"b":{"a":2}}': [],
    '{"a":1,"a":2}': ["a"],
    '{"a":{"b":1,"c":[{"d":1,"d":2,"d":3}],"b":2}}': ["a.c[0].d", "a.b"],
    '{"a":[{},{"x":"}","x":1}]}': ["a[1].x"],
    '{"a":"\\"a\\":","b":"a"}': [],
  };
  for (const [text, found] of Object.entries(rows))
    it(text, () => {
      assert.deepEqual(duplicateFields(text), found);
    });
});

describe("what Go says about a text that is not JSON", () => {
  // each message is that of encoding/json
  const rows: Record<string, string | undefined> = {
    '{"a":[1,2.5e3,"x",null,true]}': undefined,
    "": "unexpected end of JSON input",
    "{": "unexpected end of JSON input",
    '{"a"': "unexpected end of JSON input",
    '{"a":"b': "unexpected end of JSON input",
    "{a}": "invalid character 'a' looking for beginning of object key string",
    '{"a" 1}': "invalid character '1' after object key",
    '{"a":1,}': "invalid character '}' looking for beginning of object key string",
    '{"a":1 2}': "invalid character '2' after object key:value pair",
    "[1,]": "invalid character ']' looking for beginning of value",
    "[1 2]": "invalid character '2' after array element",
    text: "invalid character 'e' in literal true (expecting 'r')",
    "[nul": "unexpected end of JSON input",
    "{} x": "invalid character 'x' after top-level value",
  };
  for (const [text, problem] of Object.entries(rows))
    it(JSON.stringify(text), () => {
      assert.equal(goJsonProblem(text), problem);
      if (problem !== undefined) assert.throws(() => JSON.parse(text));
    });
});

describe("an Accept header", () => {
  const rows: Record<string, Partial<ReturnType<typeof negotiate>>> = {
    "*/*": { media: "json" },
    "application/vnd.kubernetes.protobuf,application/json": { media: "json" },
    "application/yaml": { media: "yaml" },
    "application/json;as=Table;v=v1;g=meta.k8s.io,application/json": { as: "Table", asVersion: "v1" },
    "application/json;as=Table;v=v9;g=meta.k8s.io,application/json": { media: "json" },
    "application/json;as=PartialObjectMetadataList;v=v1;g=meta.k8s.io": { as: "PartialObjectMetadata" },
    "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList": { aggregated: "v2" },
  };
  for (const [accept, expected] of Object.entries(rows))
    it(accept, () => {
      const format = negotiate(accept, false, true);
      assert.deepEqual({ ...format, ...expected }, format);
    });

  it("that nothing fits is a 406", () => {
    assert.throws(() => negotiate("text/html", false, true), { message: /^406: Not Acceptable/ });
  });
});

describe("the warnings of an answer", () => {
  const long = (name: string) => name + "x".repeat(999);
  const rows: Record<string, [warnings: string[], told: string[]]> = {
    "are told once each": [
      ["a", "b", "a"],
      ["a", "b"],
    ],
    "have no control characters": [["a\tb", "c"], ["c"]],
    "are cut when they grow long together": [
      ["a", "b", "c", "d", "e"].map(long),
      ["a", "b", "c", "d", "e"].map((name) => long(name).slice(0, 256)),
    ],
    "end where they are too many even so": [
      Array.from({ length: 100 }, (_, i) => long(String.fromCodePoint(0x100 + i))),
      Array.from({ length: 16 }, (_, i) => long(String.fromCodePoint(0x100 + i)).slice(0, 256)),
    ],
  };
  for (const [sentence, [warnings, told]] of Object.entries(rows))
    it(sentence, () => assert.deepEqual(warningsTold(warnings), told));
});
