import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { held, whole } from "./message.fixture.ts";
import { decodeProtobuf } from "./protobuf.ts";

const MAGIC = Buffer.from("k8s\0");
const sent = (apiVersion: string, kind: string, ...fields: Buffer[]) =>
  Buffer.concat([MAGIC, held(1, held(1, apiVersion), held(2, kind)), held(2, ...fields)]);

describe("a protobuf body", () => {
  it("of a ConfigMap: maps, bytes in base64, and no empty fields of metadata", () => {
    const metadata = held(
      1,
      held(1, "x"),
      held(2, ""),
      held(3, "n"),
      whole(7, 0),
      held(8),
      held(11, held(1, "a"), held(2, "b")),
    );
    const body = sent(
      "v1",
      "ConfigMap",
      metadata,
      held(2, held(1, "k"), held(2, "v")),
      held(3, held(1, "bin"), held(2, "hi")),
    );
    assert.deepEqual(decodeProtobuf(body), {
      apiVersion: "v1",
      kind: "ConfigMap",
      metadata: { name: "x", namespace: "n", labels: { a: "b" } },
      data: { k: "v" },
      binaryData: { bin: "aGk=" },
    });
  });

  it("of a Deployment: a pointer to zero stays, inline structs are lifted, numbers or strings", () => {
    const probe = held(10, held(1, held(2, held(1, "/ready"), held(2, whole(1, 0), whole(2, 8080)))));
    const container = held(2, held(1, "c"), held(2, "image"), probe);
    const spec = held(2, whole(1, 0), held(3, held(2, container)));
    assert.deepEqual((decodeProtobuf(sent("apps/v1", "Deployment", spec)) as any).spec, {
      replicas: 0,
      template: {
        spec: {
          containers: [
            { name: "c", image: "image", livenessProbe: { httpGet: { path: "/ready", port: 8080 } } },
          ],
        },
      },
    });
  });

  it("of options, which travel under the group of what they are for", () => {
    const body = sent("apps/v1", "DeleteOptions", held(4, "Foreground"));
    assert.deepEqual(decodeProtobuf(body), {
      apiVersion: "apps/v1",
      kind: "DeleteOptions",
      propagationPolicy: "Foreground",
    });
  });

  it("of a Lease: times with microseconds, and negative numbers", () => {
    const spec = held(2, held(1, "me"), whole(2, 15), held(3, whole(1, 1767225600), whole(2, 123456789)));
    assert.deepEqual((decodeProtobuf(sent("coordination.k8s.io/v1", "Lease", spec)) as any).spec, {
      holderIdentity: "me",
      leaseDurationSeconds: 15,
      acquireTime: "2026-01-01T00:00:00.123456Z",
    });
  });

  const REFUSED: [sentence: string, body: Buffer, message: RegExp][] = [
    ["without the magic", Buffer.from("{}"), /does not appear to be a protobuf message/],
    ["of an unknown kind", sent("v1", "Nope"), /no kind "Nope" is registered for version "v1"/],
    ["that is cut off", sent("v1", "ConfigMap", held(1, held(1, "x"))).subarray(0, -1), /cut off/],
  ];
  for (const [sentence, body, message] of REFUSED)
    it(`${sentence} is refused`, () => {
      assert.throws(() => decodeProtobuf(body), message);
    });
});
