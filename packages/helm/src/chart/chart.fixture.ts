/** Charts for tests, in directories and archives that may be as wicked as they like. */
import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import type { after as afterHook } from "node:test";
import { gzipSync } from "node:zlib";
import { Header, Pax } from "tar";
import type { ChartError } from "../errors.ts";

type Contents = Readonly<Record<string, string | Uint8Array>>;

type Type = ConstructorParameters<typeof Header>[0] extends infer T ? T : never;
type Member = { path: string; data?: string | Uint8Array; type?: string; linkpath?: string; mtime?: Date };

/** A tar of members. */
export function tar(members: readonly Member[]): Buffer {
  const blocks = members.flatMap(({ path, data = "", type = "File", linkpath, mtime = new Date(0) }) => {
    const body = Buffer.from(data as string);
    const facts = { path, type, linkpath, mode: 0o644, size: body.length, mtime, uid: 0, gid: 0 };
    const header = new Header(facts as Type);
    const block = Buffer.alloc(512);
    const long = header.encode(block) ? [new Pax({ path, size: body.length } as never).encode()] : [];
    return [...long, block, body, Buffer.alloc((512 - (body.length % 512)) % 512)];
  });
  return Buffer.concat([...blocks, Buffer.alloc(1024)]);
}

/** A .tgz of members. */
export const tgz = (members: readonly Member[]): Buffer => gzipSync(tar(members));

/** A packed chart: `files` by their paths within it. */
export const packed = (name: string, files: Contents): Buffer =>
  tgz(Object.entries(files).map(([path, data]) => ({ path: `${name}/${path}`, data })));

/** A Chart.yaml with what every chart has, and more. */
export const chartYaml = (name: string, more = ""): string =>
  `apiVersion: v2\nname: ${name}\nversion: 1.0.0\n${more}`;

/** Makes directories with some files, all of which go after the tests. */
export function directoriesFor(after: typeof afterHook): {
  work: string;
  directory(files: Contents): string;
} {
  const work = mkdtempSync(join(tmpdir(), "sluice-chart-"));
  after(() => rmSync(work, { recursive: true, force: true }));
  const directory = (files: Contents): string => {
    const dir = mkdtempSync(join(work, "dir-"));
    for (const [name, data] of Object.entries(files)) {
      mkdirSync(dirname(join(dir, name)), { recursive: true });
      writeFileSync(join(dir, name), data);
    }
    return dir;
  };
  return { work, directory };
}

export const names = (files: readonly { name: string }[]): string[] => files.map((file) => file.name);

/** For `assert.throws`: a ChartError of this code with these words. */
export const refusal = (code: string, message: string | RegExp) => (thrown: ChartError) => {
  assert.equal(thrown.name, "ChartError", String(thrown.stack));
  if (typeof message === "string") assert.equal(thrown.message, message);
  else assert.match(thrown.message, message);
  assert.equal(thrown.code, code);
  return true;
};
