import assert from "node:assert/strict";
import { test } from "node:test";
import { build } from "./build.ts";
import { memoryFileSystem } from "./filesystem.ts";
import { buildWithRemotes } from "./remotes.ts";

const map = (name: string) => `apiVersion: v1\nkind: ConfigMap\nmetadata: {name: ${name}}\n`;
const files = {
  "/app/kustomization.yaml": "resources: [https://git.example/org/one//deploy?ref=v1]\nnamePrefix: x-\n",
  "/cache/org/one/deploy/kustomization.yaml":
    "resources: [../shared, a.yaml, 'https://git.example/org/two?ref=v2']\n",
  "/cache/org/one/deploy/a.yaml": map("a"),
  "/cache/org/one/shared/kustomization.yaml": "resources: [b.yaml]\n",
  "/cache/org/one/shared/b.yaml": map("b"),
  "/cache/org/two/kustomization.yaml": "resources: [c.yaml]\n",
  "/cache/org/two/c.yaml": map("c"),
};
const directoryOf = async ({ repository }: { repository: string }) => ({
  directory: `/cache${new URL(repository).pathname}`,
});
const run = (more: Record<string, string>, root?: string) =>
  buildWithRemotes("/app", { fs: memoryFileSystem({ ...files, ...more }), root }, directoryOf);

test("a remote base and the one that it names are fetched, also inside a root", async () => {
  for (const root of [undefined, "/app"]) {
    const { resources } = await run({}, root);
    assert.deepEqual(
      resources.map(({ object, origin }) => [object.metadata.name, origin?.path]),
      [
        ["x-a", "https://git.example/org/one@v1//deploy/a.yaml"],
        ["x-b", "https://git.example/org/one@v1//shared/b.yaml"],
        ["x-c", "https://git.example/org/two@v2//c.yaml"],
      ],
    );
  }
});

test("origins name repository, ref and the path inside", async () => {
  const remote =
    "buildMetadata: [originAnnotations]\nresources: [https://git.example/org/one//deploy?ref=v1]\n";
  const result = await run({ "/app/kustomization.yaml": remote });
  assert.deepEqual(
    result.resources.map(({ object }) => object.metadata.annotations?.["config.kubernetes.io/origin"]),
    [
      "path: deploy/a.yaml\nrepo: https://git.example/org/one\nref: v1\n",
      "path: shared/b.yaml\nrepo: https://git.example/org/one\nref: v1\n",
      "path: notCloned/c.yaml\nrepo: https://git.example/org/two\nref: v2\n",
    ],
  );
});

test("files and hash go by repository and commit, wherever they were fetched to", async () => {
  const moved = Object.fromEntries(
    Object.entries(files).map(([path, text]) => [path.replace("/cache/", "/elsewhere/"), text]),
  );
  const at = async (top: string, tree: Record<string, string>, commit: string) => {
    const { files: read, hash } = await buildWithRemotes(
      "/app",
      { fs: memoryFileSystem(tree) },
      async ({ repository }) => ({ directory: `${top}${new URL(repository).pathname}`, commit }),
    );
    return { read, hash };
  };
  const first = await at("/cache", files, "c1");
  assert.equal(first.read[0], "https://git.example/org/one@c1//deploy/a.yaml");
  assert.deepEqual(await at("/elsewhere", moved, "c1"), first);
  assert.notEqual((await at("/cache", files, "c2")).hash, first.hash);
});

test("a local directory that is named like a repository is local", () => {
  const tree = {
    "/app/kustomization.yaml": "resources: [one.git]\n",
    "/app/one.git/kustomization.yaml": "resources: [a.yaml]\n",
    "/app/one.git/a.yaml": map("a"),
  };
  assert.equal(build("/app", { fs: memoryFileSystem(tree) }).resources.length, 1);
});

const broken: Record<string, [files: Record<string, string>, message: RegExp]> = {
  "a base outside the fetched repository": [
    { "/cache/org/two/kustomization.yaml": "resources: [../one/shared]\n" },
    /outside 'https:\/\/git.example\/org\/two@v2'/,
  ],
  "a file outside it": [
    { "/cache/org/two/kustomization.yaml": "resources: [../one/shared/b.yaml]\n" },
    /b.yaml' is not in or below/,
  ],
  "a cycle": [
    { "/cache/org/two/kustomization.yaml": "resources: ['https://git.example/org/two?ref=v2']\n" },
    /cycle detected/,
  ],
};
for (const [sentence, [more, message]] of Object.entries(broken)) {
  test(`refused in remote bases: ${sentence}`, () => assert.rejects(run(more), { message }));
}

test("what a fetch throws says which entry asked for it", () =>
  assert.rejects(
    buildWithRemotes("/app", { fs: memoryFileSystem(files) }, async () => {
      throw new Error("the host is down");
    }),
    {
      code: "remote",
      message:
        /^kustomization.yaml:1: .*cannot fetch 'https:\/\/git.example\/org\/one\/\/deploy\?ref=v1': the host is down$/,
    },
  ));

test("remote bases are refused unless somebody fetches them", () =>
  assert.throws(() => build("/app", { fs: memoryFileSystem(files) }), {
    code: "remote",
    message: /is not fetched/,
  }));
