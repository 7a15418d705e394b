import assert from "node:assert/strict";
import { test } from "node:test";
import { build } from "./build.ts";
import { memoryFileSystem } from "./filesystem.ts";
import { buildWithRemotes, type Fetchers } from "./remotes.ts";

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
const fetchers: Fetchers = {
  repository: async ({ repository }) => ({ directory: `/cache${new URL(repository).pathname}` }),
  file: async () => {
    throw new Error("HTTP Error: status code 404 (Not Found)");
  },
};
const run = (more: Record<string, string>, root?: string) =>
  buildWithRemotes("/app", { fs: memoryFileSystem({ ...files, ...more }), root }, fetchers);

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
      {
        ...fetchers,
        repository: async ({ repository }) => ({
          directory: `${top}${new URL(repository).pathname}`,
          commit,
        }),
      },
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
    buildWithRemotes(
      "/app",
      { fs: memoryFileSystem(files) },
      {
        ...fetchers,
        repository: async () => {
          throw new Error("the host is down");
        },
      },
    ),
    {
      code: "remote",
      message:
        /^kustomization.yaml:1: .*cannot fetch 'https:\/\/git.example\/org\/one\/\/deploy\?ref=v1': the host is down$/,
    },
  ));

const served: Record<string, string> = {
  "https://files.example/a.yaml": map("a"),
  "https://files.example/org/repo/deploy/b.yaml": map("b"),
  "https://user:hunter2@files.example/c.yaml?token=hunter2": map("c"),
  "https://files.example/patch.yaml": "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\ndata: {p: q}\n",
  "https://files.example/x.conf": "x",
  "https://files.example/org/page": "<html>\n: no manifest",
  "https://files.example/page": "<html>\n: no manifest",
};
const withFiles: Fetchers = {
  repository: async ({ repository }) => {
    if (repository !== "https://files.example/org/page") throw new Error("no repository there");
    return { directory: "/cache/org/two" };
  },
  file: async (url) => Buffer.from(served[url] ?? assert.fail(`nobody should ask for ${url}`)),
};
const runFiles = (kustomization: string) =>
  buildWithRemotes(
    "/app",
    { fs: memoryFileSystem({ ...files, "/app/kustomization.yaml": kustomization }) },
    withFiles,
  );

test("files at URLs are resources, patches and contents of generated objects", async () => {
  const { yaml, files: read } = await runFiles(
    "resources: ['https://files.example/a.yaml']\npatches: [{path: 'https://files.example/patch.yaml'}]\n" +
      "configMapGenerator: [{name: g, files: ['https://files.example/x.conf']}]\n",
  );
  assert.match(yaml(), /data:\n {2}p: q\n[\s\S]*data:\n {2}x.conf: x\n/);
  assert.deepEqual(read, [
    "https://files.example/a.yaml",
    "https://files.example/patch.yaml",
    "https://files.example/x.conf",
    "kustomization.yaml",
  ]);
});

test("what is no manifest at a URL is taken for a repository", async () => {
  const { resources } = await runFiles("resources: ['https://files.example/org/page']\n");
  assert.deepEqual(
    resources.map(({ object }) => object.metadata.name),
    ["c"],
  );
});

test("origins of files at URLs name what kustomize takes for a repository", async () => {
  const { yaml } = await runFiles(
    "buildMetadata: [originAnnotations]\nresources: ['https://files.example/a.yaml', 'https://files.example/org/repo/deploy/b.yaml']\n",
  );
  assert.match(yaml(), /origin: \|\n {6}path: https:\/files.example\/a.yaml\n/);
  assert.match(yaml(), /path: deploy\/b.yaml\n {6}repo: https:\/\/files.example\/org\/repo\n/);
});

test("secrets of URLs are neither in files, positions nor origins", async () => {
  const {
    yaml,
    files: read,
    resources,
  } = await runFiles(
    "buildMetadata: [originAnnotations]\nresources: ['https://user:hunter2@files.example/c.yaml?token=hunter2']\n",
  );
  const shown = "https://***@files.example/c.yaml?token=***";
  assert.deepEqual([read[0], resources[0]!.origin?.path], [shown, shown]);
  assert.doesNotMatch(yaml(), /hunter2/);
});

const badFiles: Record<string, [url: string, message: RegExp]> = {
  "is no manifest": [
    "https://files.example/page",
    /^kustomization.yaml:1: .*MalformedYAMLError.* in File: https:\/\/files.example\/page \(https:\/\/files.example\/page:2:1\)$/,
  ],
  "is not there": [
    "https://t0ken@files.example/z.yaml?sig=hunter2",
    /from 'https:\/\/\*\*\*@files.example\/z.yaml\?sig=\*\*\*': cannot fetch '[^']*': HTTP Error: status code 404 \(Not Found\)$/,
  ],
  "is neither there nor in a repository": [
    "https://files.example/org/none",
    /accumulation err='.*HTTP Error: status code 404 .*': cannot fetch 'https:\/\/files.example\/org\/none': no repository there$/,
  ],
};
for (const [sentence, [url, message]] of Object.entries(badFiles)) {
  test(`fails where what a URL names ${sentence}`, () => {
    const failing: Fetchers = {
      ...withFiles,
      file: (wanted) => (served[wanted] === undefined ? fetchers.file(wanted) : withFiles.file(wanted)),
    };
    const tree = { "/app/kustomization.yaml": `resources: ['${url}']\n` };
    return assert.rejects(buildWithRemotes("/app", { fs: memoryFileSystem(tree) }, failing), {
      code: sentence === "is no manifest" ? "malformed-yaml" : "remote",
      message,
    });
  });
}

const PLUGIN = "apiVersion: builtin, metadata: {name: p}, kind:";
/** Every field that may name a file at a URL. */
const asking: Record<string, (url: string) => string> = {
  resources: (url) => `resources: ['${url}']`,
  components: (url) => `components: ['${url}']`,
  crds: (url) => `crds: ['${url}']`,
  configurations: (url) => `configurations: ['${url}']`,
  openapi: (url) => `openapi: {path: '${url}'}`,
  patches: (url) => `patches: [{path: '${url}', target: {kind: ConfigMap}}]`,
  "patches without a target": (url) => `patches: [{path: '${url}'}]`,
  patchesJson6902: (url) => `patchesJson6902: [{path: '${url}', target: {kind: ConfigMap, name: a}}]`,
  patchesStrategicMerge: (url) => `patchesStrategicMerge: ['${url}']`,
  replacements: (url) => `replacements: [{path: '${url}'}]`,
  files: (url) => `configMapGenerator: [{name: g, files: ['${url}']}]`,
  "files with a key": (url) => `configMapGenerator: [{name: g, files: ['k=${url}']}]`,
  envs: (url) => `configMapGenerator: [{name: g, envs: ['${url}']}]`,
  generators: (url) => `generators: ['${url}']`,
  transformers: (url) => `transformers: ['${url}']`,
  validators: (url) => `validators: ['${url}']`,
  ValueAddTransformer: (url) => `transformers: ["{${PLUGIN} ValueAddTransformer, targetFilePath: '${url}'}"]`,
};
/** What may lie there; undefined: nothing. */
const contents: (string | undefined)[] = [
  undefined,
  "",
  "a: [\n",
  "a: b\n",
  "[]",
  "5",
  "\0",
  '[{"op": "drop", "path": "/a"}]',
];
for (const [field, ask] of Object.entries(asking)) {
  test(`errors hold no secrets of URLs: ${field}`, async () => {
    let failed = 0;
    for (const url of ["https://ada:hunter2@h/x.yaml?token=hunter2", "https://hunter2@h/x.yaml"]) {
      for (const content of contents) {
        const file = async () => Buffer.from(content ?? assert.fail("nothing there"));
        const kustomization = `${field === "resources" ? "" : "resources: [a.yaml]\n"}${ask(url)}\n`;
        const fs = memoryFileSystem({ "/app/kustomization.yaml": kustomization, "/app/a.yaml": map("a") });
        await buildWithRemotes("/app", { fs }, { ...fetchers, file }).catch((error) => {
          failed++;
          assert.doesNotMatch(`${error.message} ${JSON.stringify(error.at)}`, /hunter2/);
        });
      }
    }
    assert.ok(failed > 0);
  });
}

test("files at URLs are refused unless somebody fetches them", () =>
  assert.throws(
    () =>
      build("/app", {
        fs: memoryFileSystem({ "/app/kustomization.yaml": "resources: ['https://u:hunter2@h/a.yaml']" }),
      }),
    { code: "remote", message: /remote resource 'https:\/\/\*\*\*@h\/a.yaml' is not fetched/ },
  ));

test("remote bases are refused unless somebody fetches them", () =>
  assert.throws(() => build("/app", { fs: memoryFileSystem(files) }), {
    code: "remote",
    message: /is not fetched/,
  }));
