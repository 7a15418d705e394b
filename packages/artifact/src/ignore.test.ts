import assert from "node:assert/strict";
import { mkdir, mkdtemp, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { describe, test } from "node:test";
import { ignoreMatcher, readSourceIgnore, type SourceIgnoreFile } from "./ignore.ts";
import { limits } from "./limits.ts";

type Rules = { spec?: string; files?: SourceIgnoreFile[]; defaults: boolean };

// Paths that end with a slash are directories. Expected values were checked against fluxcd/pkg/sourceignore.
const rows: Record<string, [rules: Rules, ignored: string[], packed: string[]]> = {
  "by default VCS, media, CI and tool files stay out": [
    { defaults: true },
    [
      ...[".git/", ".git/config", "sub/.git/config", ".gitignore", "a/.gitmodules", ".gitattributes"],
      ...["a.jpg", "a/b.jpeg", "a.gif", "a.png", "a.wmv", "a.flv", "a.tar.gz", "a.zip"],
      ...[
        ".github/workflows/ci.yaml",
        ".circleci/config.yml",
        ".travis.yml",
        ".gitlab-ci.yml",
        "appveyor.yml",
      ],
      ...[".drone.yml", "cloudbuild.yaml", "codeship-services.yml", "codeship-steps.yml"],
      ...["sub/.goreleaser.yml", ".sops.yaml", "sub/.flux.yaml"],
    ],
    ["a.yaml", "gitignore", ".git", "a.tgz", "a.svg", ".sourceignore", ".github", "sops.yaml"],
  ],
  "without defaults (buckets) everything is packed": [
    { defaults: false },
    [],
    [".git/config", "a.jpg", ".sops.yaml"],
  ],
  "own rules replace the defaults, except those for VCS files": [
    { defaults: true, spec: "*.txt" },
    ["a.txt", ".git/config", ".gitignore"],
    ["a.jpg", ".github/x", ".sops.yaml"],
  ],
  "rules of comments and blanks only do not replace the defaults": [
    { defaults: true, spec: "# nothing\n\n  \n" },
    ["a.jpg"],
    ["a"],
  ],
  "an own rule can bring VCS files back": [
    { defaults: true, spec: "!.gitignore" },
    [".gitattributes"],
    [".gitignore", "a/.gitignore"],
  ],
  "the example of Flux's documentation": [
    { defaults: true, spec: "# all\n/*\n# but\n!/deploy\n/deploy/**/*.md\n/deploy/**/*.txt\n" },
    ["README.md", "src/", "src/main.go", "deploy/README.md", "deploy/a/b/notes.txt", "src/deploy/a.yaml"],
    ["deploy/", "deploy/a.yaml", "deploy/a/b.yaml"],
  ],
  "a file comes back below an excluded directory, unlike in git": [
    { defaults: false, spec: "/*\n!/apps/web/a.yaml" },
    ["apps/", "apps/web/", "apps/web/b.yaml"],
    ["apps/web/a.yaml"],
  ],
  "the last rule that matches decides": [
    { defaults: false, spec: "*.md\n!keep.md\nkeep.md" },
    ["keep.md", "a.md"],
    ["a"],
  ],
  "a rule without a slash matches at any depth": [
    { defaults: false, spec: "tmp" },
    ["tmp", "a/tmp", "a/tmp/b"],
    ["tmpx", "a/xtmp"],
  ],
  "a rule with a slash is anchored": [{ defaults: false, spec: "a/b" }, ["a/b", "a/b/c"], ["x/a/b", "b"]],
  "a trailing slash means directories only": [
    { defaults: false, spec: "out/" },
    ["out/", "out/a", "x/out/"],
    ["out", "x/out"],
  ],
  "two stars stand for any number of directories": [
    { defaults: false, spec: "**/a\nx/**/y" },
    ["a", "b/c/a", "x/y", "x/1/2/y"],
    ["b", "x/z"],
  ],
  "a directory with two stars at the end includes the directory itself": [
    { defaults: false, spec: "a/**" },
    ["a/", "a/b"],
    ["b/a"],
  ],
  "a slash and two stars match nothing, as in Flux": [{ defaults: false, spec: "/**" }, [], ["a", "a/b"]],
  "two stars inside a segment match nothing, as in Flux": [
    { defaults: false, spec: "a/**.md" },
    [],
    ["a/b.md", "a/c/b.md"],
  ],
  "blanks at the end do not count, unless escaped": [
    { defaults: false, spec: "a  \nb\\ " },
    ["a", "b "],
    ["a  ", "b"],
  ],
  "a hash and an exclamation mark can be escaped": [
    { defaults: false, spec: "\\#a\n\\!b" },
    ["#a", "!b"],
    ["a", "b"],
  ],
  "lines may end as on Windows": [{ defaults: false, spec: "a\r\nb/\r\n" }, ["a", "b/"], ["a\r", "c"]],
  ".sourceignore rules hold below their directory": [
    { defaults: false, files: [{ directory: "a/b", text: "*.md\n/x\n" }] },
    ["a/b/r.md", "a/b/c/r.md", "a/b/x"],
    ["r.md", "a/r.md", "x", "a/b/c/x", "b/r.md"],
  ],
  "an inner .sourceignore overrules an outer one, and the spec both": [
    {
      defaults: false,
      files: [
        { directory: "", text: "*.md" },
        { directory: "docs", text: "!*.md" },
      ],
      spec: "docs/secret.md",
    },
    ["a.md", "docs/secret.md"],
    ["docs/a.md", "docs/x/secret.md"],
  ],
};

describe("ignore rules", () => {
  for (const [sentence, [rules, ignored, packed]] of Object.entries(rows)) {
    test(sentence, () => {
      const matches = ignoreMatcher(rules);
      const isIgnored = (path: string) => matches(path.replace(/\/$/, ""), path.endsWith("/"));
      assert.deepEqual(
        ignored.filter((path) => !isIgnored(path)),
        [],
        "should be ignored",
      );
      assert.deepEqual(packed.filter(isIgnored), [], "should be packed");
    });
  }

  const prunes: Record<string, [rules: Rules, directory: string, pruned: boolean]> = {
    "an excluded directory is not read": [{ defaults: true }, ".git", true],
    "a packed one is": [{ defaults: true }, "apps", false],
    "an excluded one is, if an anchored rule brings something below it back": [
      { defaults: true, spec: "/*\n!/apps/web" },
      "apps",
      false,
    ],
    "but not if that rule leads elsewhere": [{ defaults: true, spec: "/*\n!/apps/web" }, "vendor", true],
    "an excluded one is, if a name may come back anywhere": [
      { defaults: true, spec: "/*\n!*.yaml" },
      "vendor",
      false,
    ],
    "an excluded one is, if its own .sourceignore brings something back": [
      { defaults: true, files: [{ directory: "vendor/x", text: "!a" }], spec: undefined },
      "vendor",
      false,
    ],
    "an inclusion before the exclusion does not count": [
      { defaults: true, spec: "!*.yaml\n/vendor" },
      "vendor",
      true,
    ],
  };
  for (const [sentence, [rules, directory, pruned]] of Object.entries(prunes)) {
    test(sentence, () => {
      assert.equal(ignoreMatcher(rules).prunes?.(directory), pruned);
    });
  }

  test("too many patterns are refused", () => {
    const spec = "a\n".repeat(limits.maxIgnorePatterns + 1);
    assert.throws(() => ignoreMatcher({ spec, defaults: true }), { code: "too-large" });
  });
});

describe(".sourceignore files", () => {
  test("are found in all directories but .git, outer ones first, symlinks left alone", async (t) => {
    const dir = await mkdtemp(join(tmpdir(), "ignore-"));
    t.after(() => rm(dir, { recursive: true }));
    for (const path of [
      "b/.sourceignore",
      ".sourceignore",
      "a/c/.sourceignore",
      ".git/.sourceignore",
      "x/.gitignore",
    ]) {
      await mkdir(dirname(join(dir, path)), { recursive: true });
      await writeFile(join(dir, path), path);
    }
    await symlink("../b/.sourceignore", join(dir, "x/.sourceignore"));
    await symlink("b", join(dir, "linked"));
    assert.deepEqual(await readSourceIgnore(dir), [
      { directory: "", text: ".sourceignore" },
      { directory: "a/c", text: "a/c/.sourceignore" },
      { directory: "b", text: "b/.sourceignore" },
    ]);
  });

  test("that are too large are refused", async (t) => {
    const dir = await mkdtemp(join(tmpdir(), "ignore-"));
    t.after(() => rm(dir, { recursive: true }));
    await writeFile(join(dir, ".sourceignore"), Buffer.alloc(limits.maxIgnoreFileBytes + 1, "a"));
    await assert.rejects(readSourceIgnore(dir), { code: "too-large", message: /\.sourceignore: \d+ bytes/ });
  });
});
