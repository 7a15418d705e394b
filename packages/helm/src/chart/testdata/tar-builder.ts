import { gzipSync } from "node:zlib";
import { Header, Pax } from "tar";

type Type = ConstructorParameters<typeof Header>[0] extends infer T ? T : never;
export type Member = { path: string; data?: string | Uint8Array; type?: string; linkpath?: string; mtime?: Date };

/** A tar of members, which may be as wicked as they like. */
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
export const packed = (name: string, files: Readonly<Record<string, string | Uint8Array>>): Buffer =>
  tgz(Object.entries(files).map(([path, data]) => ({ path: `${name}/${path}`, data })));

/** A Chart.yaml with what every chart has, and more. */
export const chartYaml = (name: string, more = ""): string =>
  `apiVersion: v2\nname: ${name}\nversion: 1.0.0\n${more}`;
