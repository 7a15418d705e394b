import assert from "node:assert/strict";
import { appendFile, mkdtemp, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import type { Cluster } from "../cluster.ts";
import { trustedCluster } from "../trust.fixture.ts";
import { timeOf } from "./logfile.ts";

const now = Date.parse("2026-01-01T00:01:00Z");
const line = (second: number, text: string) =>
  `{"level":"info","ts":"2026-01-01T00:00:${String(second).padStart(2, "0")}.000Z","msg":"${text}"}\n`;
const [one, two, three] = [line(10, "one"), line(30, "two"), line(50, "three")];
const trace = "    at somewhere\n";

let dir: string;
let cluster: Cluster;
before(async () => {
  dir = await mkdtemp(join(tmpdir(), "sluice-log-"));
  await writeFile(join(dir, "some.log"), one + two + trace + three);
  await writeFile(join(dir, "cut.log"), `${one}no newline at the end`);
  await writeFile(join(dir, "long.log"), `${"x".repeat(150_000)}\n${one}`);
  await symlink("/etc/hostname", join(dir, "link.log"));
  cluster = await trustedCluster({ logDir: dir, simulate: false, now: () => now });
  const containers = [{ name: "manager", image: "x" }];
  const pod = (name: string, file: string, more: object[] = []) =>
    cluster.store.create({
      apiVersion: "v1",
      kind: "Pod",
      metadata: { name, namespace: "default", annotations: { "cluster.sluice.dev/log-file": file } },
      spec: { containers: [...containers, ...more] },
    });
  pod("some", "some.log");
  pod("cut", "cut.log");
  pod("long", "long.log");
  pod("absent", "absent.log");
  pod("growing", "growing.log");
  pod("climbing", "../../etc/hostname");
  pod("absolute", "/etc/hostname");
  pod("linked", "link.log");
  pod("two", "some.log", [{ name: "side", image: "x" }]);
});
after(async () => {
  await cluster.close();
  await rm(dir, { recursive: true });
});

const ask = (pod: string, query = "", init: RequestInit = {}) =>
  fetch(`${cluster.url}/api/v1/namespaces/default/pods/${pod}/log?${query}`, {
    ...init,
    headers: { Authorization: `Bearer ${cluster.token}` },
  });

const rows: Record<string, [pod: string, query: string, expected: string]> = {
  "a log is the file": ["some", "", one + two + trace + three],
  "the last line": ["some", "tailLines=1", three],
  "the last three lines": ["some", "tailLines=3", two + trace + three],
  "more lines than there are": ["some", "tailLines=30", one + two + trace + three],
  "no lines": ["some", "tailLines=0", ""],
  "the last line without a newline": ["cut", "tailLines=1", "no newline at the end"],
  "a tail across blocks": ["long", "tailLines=2", `${"x".repeat(150_000)}\n${one}`],
  "the last thirty seconds, with what follows a line": ["some", "sinceSeconds=30", two + trace + three],
  "since a time": ["some", "sinceTime=2026-01-01T00:00:31Z", three],
  "a tail and a time": ["some", "sinceSeconds=30&tailLines=1", three],
  "the first bytes": ["some", "limitBytes=9", one.slice(0, 9)],
  "the first bytes over lines": ["some", `limitBytes=${one.length + 4}`, one + two.slice(0, 4)],
  "times before the lines": [
    "cut",
    "timestamps=true&tailLines=2",
    `2026-01-01T00:00:10.000Z ${one}2026-01-01T00:00:10.000Z no newline at the end`,
  ],
  "a file that is not there yet": ["absent", "", ""],
  "one container of two": ["two", "container=manager&tailLines=1", three],
};
for (const [sentence, [pod, query, expected]] of Object.entries(rows))
  test(sentence, async () => {
    const answer = await ask(pod, query);
    assert.equal(answer.status, 200);
    assert.equal(await answer.text(), expected);
  });

const refused: Record<string, [pod: string, query: string, code: number, message: RegExp]> = {
  "a file above the directory": ["climbing", "", 400, /not the name of a plain file/],
  "an absolute path": ["absolute", "", 400, /not the name of a plain file/],
  "a link out of the directory": ["linked", "", 400, /not the name of a plain file/],
  "two containers and none named": ["two", "", 400, /choose one of: \[manager side\]/],
  "a container that is not there": ["some", "container=x", 400, /container x is not valid/],
  "a tail of less than nothing": [
    "some",
    "tailLines=-1",
    422,
    /tailLines: Invalid value: -1: must be greater/,
  ],
  "a word for a number": ["some", "tailLines=many", 400, /strconv.ParseInt: parsing "many"/],
  "two times": ["some", "sinceSeconds=1&sinceTime=2026-01-01T00:00:31Z", 422, /at most one of/],
  "the log of the container before": [
    "some",
    "previous=true",
    400,
    /previous terminated container "manager" in pod "some" not found/,
  ],
  "a pod that is not there": ["none", "", 404, /pods "none" not found/],
};
for (const [sentence, [pod, query, code, message]] of Object.entries(refused))
  test(`refused: ${sentence}`, async () => {
    const answer = await ask(pod, query);
    assert.equal(answer.status, code);
    assert.match(((await answer.json()) as { message: string }).message, message);
  });

test("following shows a file that appears, its lines as they come, and one begun anew; the end of the pod is its end", async () => {
  const answer = await ask("growing", "follow=true");
  const reader = answer.body!.pipeThrough(new TextDecoderStream()).getReader();
  const read = async (expected: string) => {
    let text = "";
    while (text.length < expected.length)
      text += (await reader.read()).value ?? assert.fail(`ended after ${text}`);
    assert.equal(text, expected);
  };
  const file = join(dir, "growing.log");
  await writeFile(file, one + two.slice(0, 5));
  await read(one);
  await appendFile(file, two.slice(5));
  await read(two);
  await writeFile(file, three);
  await read(three);
  cluster.store.delete(
    { apiVersion: "v1", kind: "Pod", namespace: "default", name: "growing" },
    { gracePeriodSeconds: 0 },
  );
  assert.equal((await reader.read()).done, true);
});

test("closing the cluster ends what follows", async () => {
  const other = await trustedCluster({ logDir: dir, simulate: false });
  const containers = [{ name: "manager", image: "x" }];
  const annotations = { "cluster.sluice.dev/log-file": "some.log" };
  other.store.create({
    apiVersion: "v1",
    kind: "Pod",
    metadata: { name: "some", namespace: "default", annotations },
    spec: { containers },
  });
  const answer = await fetch(`${other.url}/api/v1/namespaces/default/pods/some/log?follow=true`, {
    headers: { Authorization: `Bearer ${other.token}` },
  });
  await other.close();
  await answer.text().catch(() => {});
});

const times: Record<string, [line: string, time: string | undefined]> = {
  "of a JSON line": [one, "2026-01-01T00:00:10.000Z"],
  "in seconds since the epoch": ['{"ts":1767225610.5}', "2026-01-01T00:00:10.500Z"],
  "at the beginning of a line": ["2026-01-01T00:00:10Z hello", "2026-01-01T00:00:10.000Z"],
  "of a line that tells none": ["hello", undefined],
};
for (const [sentence, [text, time]] of Object.entries(times))
  test(`the time ${sentence}`, () => assert.equal(timeOf(text), time && Date.parse(time)));
