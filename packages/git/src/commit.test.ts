import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { parseCommit } from "./commit.ts";

const head = `tree ${"1".repeat(40)}\nparent ${"2".repeat(40)}\n`;

describe("parseCommit", () => {
  it("reads people, times and the message", () => {
    const text = `${head}author Ada L <ada@example.com> 1767225600 +0100\ncommitter Bob <b@x> 1767225661 -0800\n\nTitle\n\nauthor body\n`;
    assert.deepEqual(parseCommit(Buffer.from(text)), {
      message: "Title\n\nauthor body\n",
      author: { name: "Ada L", email: "ada@example.com", at: "2026-01-01T00:00:00Z" },
      committer: { name: "Bob", email: "b@x", at: "2026-01-01T00:01:01Z" },
    });
  });
  it("goes by the encoding the commit names, and survives one it does not know", () => {
    const latin = Buffer.from(
      `${head}author \xc4da <a@x> 0 +0000\ncommitter C <c@x> 0 +0000\nencoding ISO-8859-1\n\n\xfc`,
      "latin1",
    );
    assert.equal(parseCommit(latin).author.name, "Äda");
    assert.equal(parseCommit(latin).message, "ü");
    const odd = Buffer.from(
      `${head}author A <a@x> 0 +0000\ncommitter C <c@x> 0 +0000\nencoding klingon\n\nx`,
    );
    assert.equal(parseCommit(odd).message, "x");
  });
  it("survives commits without message, name or a sane date", () => {
    const text = `${head}author <> 99999999999999999 +0000\ncommitter nobody\n`;
    assert.deepEqual(parseCommit(Buffer.from(text)), {
      message: "",
      author: { name: "", email: "", at: "1970-01-01T00:00:00Z" },
      committer: { name: "nobody", email: "", at: "1970-01-01T00:00:00Z" },
    });
  });
  it("does not take the lines of a signature for headers", () => {
    const text = `${head}author A <a@x> 0 +0000\ncommitter C <c@x> 0 +0000\ngpgsig -----BEGIN\n author E <e@x> 5 +0000\n -----END\n\nm`;
    assert.equal(parseCommit(Buffer.from(text)).author.name, "A");
  });
});
