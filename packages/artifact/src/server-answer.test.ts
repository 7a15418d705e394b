import assert from "node:assert/strict";
import type { IncomingHttpHeaders } from "node:http";
import { describe, test } from "node:test";
import { answerOf } from "./server-answer.ts";

const modified = new Date("2026-01-02T03:04:05.600Z");
const date = "Fri, 02 Jan 2026 03:04:05 GMT";
const tag = '"sha256:aa"';
const file = { path: "gitrepository/a/b/c.tar.gz", digest: "sha256:aa", size: 100, modified };

/** Expected: status, then the range of the body as `start-end`, or "" if there is none. */
const rows: Record<string, [request: IncomingHttpHeaders, status: number, body: string]> = {
  "a plain request gets everything": [{}, 200, "0-99"],
  "a tag that matches": [{ "if-none-match": tag }, 304, ""],
  "one tag of several that matches, a weak one": [{ "if-none-match": `"x", W/${tag}` }, 304, ""],
  "any tag": [{ "if-none-match": "*" }, 304, ""],
  "a tag that does not match outweighs a date that does": [
    { "if-none-match": '"x"', "if-modified-since": date },
    200,
    "0-99",
  ],
  "a date that is not older": [{ "if-modified-since": date }, 304, ""],
  "a date that is older": [{ "if-modified-since": "Fri, 02 Jan 2026 03:04:04 GMT" }, 200, "0-99"],
  "a date that is none": [{ "if-modified-since": "yesterday" }, 200, "0-99"],
  "a range": [{ range: "bytes=10-19" }, 206, "10-19"],
  "one byte": [{ range: "bytes=0-0" }, 206, "0-0"],
  "a range to the end": [{ range: "bytes=90-" }, 206, "90-99"],
  "a range beyond the end is cut": [{ range: "bytes=90-1000" }, 206, "90-99"],
  "the last bytes": [{ range: "bytes=-10" }, 206, "90-99"],
  "more last bytes than there are": [{ range: "bytes=-1000" }, 206, "0-99"],
  "a range after the end": [{ range: "bytes=100-" }, 416, ""],
  "the last no bytes": [{ range: "bytes=-0" }, 416, ""],
  "a backward range is ignored": [{ range: "bytes=20-10" }, 200, "0-99"],
  "several ranges are ignored": [{ range: "bytes=0-1,5-6" }, 200, "0-99"],
  "another unit is ignored": [{ range: "lines=0-1" }, 200, "0-99"],
  "nonsense is ignored": [{ range: "bytes=-" }, 200, "0-99"],
  "a huge number is ignored": [{ range: `bytes=${"9".repeat(30)}-` }, 200, "0-99"],
  "a range of the known version": [{ range: "bytes=10-", "if-range": tag }, 206, "10-99"],
  "a range of another version gets everything": [{ range: "bytes=10-", "if-range": '"x"' }, 200, "0-99"],
  "a range of a weakly known version gets everything": [
    { range: "bytes=10-", "if-range": `W/${tag}` },
    200,
    "0-99",
  ],
  "a range of the known date": [{ range: "bytes=10-", "if-range": date }, 206, "10-99"],
  "a precondition comes before the range": [{ range: "bytes=10-", "if-none-match": tag }, 304, ""],
};

describe("the answer to", () => {
  for (const [sentence, [request, status, body]] of Object.entries(rows)) {
    test(sentence, () => {
      const answer = answerOf(request, file);
      assert.equal(answer.status, status);
      assert.equal(answer.body ? `${answer.body.start}-${answer.body.end}` : "", body);
      assert.equal(answer.headers.etag, tag);
      assert.equal(answer.headers["last-modified"], date);
      if (status === 206) assert.equal(answer.headers["content-range"], `bytes ${body}/100`);
      if (status === 416) assert.equal(answer.headers["content-range"], "bytes */100");
    });
  }

  test("an empty file has no body, and no range of it can be had", () => {
    const empty = { ...file, size: 0 };
    assert.deepEqual([answerOf({}, empty).status, answerOf({}, empty).body], [200, undefined]);
    assert.equal(answerOf({ range: "bytes=0-" }, empty).status, 416);
    assert.equal(answerOf({ range: "bytes=-5" }, empty).status, 416);
  });

  test("the content type follows the name", () => {
    const typeOf = (path: string) => answerOf({}, { ...file, path }).headers["content-type"];
    assert.deepEqual(["a.tar.gz", "a.tgz", "index.yaml", "a"].map(typeOf), [
      "application/gzip",
      "application/gzip",
      "application/yaml",
      "application/octet-stream",
    ]);
  });
});
