import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { isGitError } from "./errors.ts";
import { type Entry, parseTree, planTree } from "./tree.ts";

const object = "1".repeat(40);
const file = (path: string, size = 1): Entry => ({ kind: "file", object, size, path });
const link = (path: string): Entry => ({ kind: "link", object, size: 1, path });
const submodule = (path: string): Entry => ({ kind: "submodule", object, size: 0, path });
const budget = { checkoutBytes: 100, checkoutFiles: 10 };

describe("parseTree", () => {
  it("reads files, links and submodules, with any name", () => {
    const output = [
      `100644 blob ${object}      12\ta b`,
      `100755 blob ${object}       3\td/ü\n`,
      `120000 blob ${object}       1\tl`,
      `160000 commit ${object}       -\ts`,
      "",
    ].join("\0");
    assert.deepEqual(parseTree(output), [file("a b", 12), file("d/ü\n", 3), link("l"), submodule("s")]);
  });
  it("refuses an entry of another kind", () => {
    assert.throws(() => parseTree(`040000 tree ${object} -\td\0`), { code: "bad-repository" });
    assert.throws(() => parseTree("nonsense\0"), { code: "bad-repository" });
  });
});

describe("planTree", () => {
  const tree = [
    file(".gitmodules"),
    file("apps/a"),
    file("apps/b/c"),
    file("apples"),
    submodule("lib/x"),
    link("z"),
  ];

  const rows: Record<string, [string[] | undefined, string[], number, string[]]> = {
    "takes everything": [undefined, ["."], 5, ["lib/x"]],
    "takes a directory, not its namesakes": [["apps"], ["apps"], 2, []],
    "takes several paths however they are spelled": [["./apps/b/", "apples"], ["apps/b", "apples"], 2, []],
    "takes everything for the root": [["./"], ["."], 5, ["lib/x"]],
    "takes a submodule": [["lib"], [], 0, ["lib/x"]],
    "takes nothing": [[], [], 0, []],
  };
  for (const [name, [sparse, pathspecs, files, submodules]] of Object.entries(rows)) {
    it(name, () => {
      const plan = planTree(tree, sparse, budget);
      assert.deepEqual(
        [plan.pathspecs, plan.files, plan.submodules.map(({ path }) => path)],
        [pathspecs, files, submodules],
      );
      assert.equal(plan.modules?.path, ".gitmodules");
    });
  }
  it("counts files and bytes", () => {
    const plan = planTree([file("a", 40), link("b"), submodule("c")], undefined, budget);
    assert.deepEqual([plan.files, plan.bytes], [2, 41]);
  });
  it("does not take .gitmodules for a file when it is a link", () => {
    assert.equal(planTree([link(".gitmodules")], undefined, budget).modules, undefined);
  });

  const refused: Record<string, [Entry[], string[] | undefined, string, RegExp]> = {
    "a .git": [[file(".git/config")], undefined, "bad-repository", /\.git\/config/],
    "a .git in another case, deep down": [
      [file("a/.GiT/hooks/x")],
      undefined,
      "bad-repository",
      /not allowed/,
    ],
    "a .git with dots behind": [[file(".git. ./x")], undefined, "bad-repository", /not allowed/],
    "the short name of .git": [[file("GIT~1/x")], undefined, "bad-repository", /not allowed/],
    "a climbing path": [[file("a/../../x")], undefined, "bad-repository", /not allowed/],
    "an absolute path": [[file("/etc/passwd")], undefined, "bad-repository", /not allowed/],
    "a directory behind a link": [
      [link("a"), file("a/b")],
      undefined,
      "bad-repository",
      /both a file and a directory/,
    ],
    "a submodule behind a link": [[link("a"), submodule("a/b")], undefined, "bad-repository", /both/],
    "a file twice": [[file("a"), link("a")], undefined, "bad-repository", /twice/],
    "names that are not UTF-8": [[file("a\uFFFD")], undefined, "unsupported", /not UTF-8/],
    "too many files": [
      Array.from({ length: 11 }, (_, n) => file(`${n}`)),
      undefined,
      "too-large",
      /11 files .* limit of 10/,
    ],
    "too many bytes": [[file("a", 60), file("b", 60)], undefined, "too-large", /120 bytes .* limit of 100/],
    "a sparse path that is not there": [tree, ["app"], "ref-missing", /"app" does not exist/],
    "a sparse path that climbs": [tree, ["apps/../.."], "ref-missing", /stay inside/],
    "an absolute sparse path": [tree, ["/apps"], "ref-missing", /stay inside/],
  };
  for (const [name, [entries, sparse, code, message]] of Object.entries(refused)) {
    it(`refuses ${name}`, () => {
      assert.throws(
        () => planTree(entries, sparse, budget),
        (error) => isGitError(error) && error.code === code && message.test(error.message),
      );
    });
  }
  it("does not mind what lies outside the sparse paths", () => {
    assert.equal(planTree([file("ok/a"), file("big", 1000)], ["ok"], budget).files, 1);
  });
});
