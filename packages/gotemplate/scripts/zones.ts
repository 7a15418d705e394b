/**
 * Writes src/generated/zones.ts: the abbreviation that each time zone has at each of its offsets. JavaScript knows offsets and
 * their history, but calls most of them `GMT+2`.
 *
 *   node scripts/zones.ts /usr/share/zoneinfo
 */
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join, relative } from "node:path";

const folder = process.argv[2] ?? "/usr/share/zoneinfo";
const out = join(import.meta.dirname, "..", "src", "generated", "zones.ts");

const zones = readdirSync(folder, { recursive: true, withFileTypes: true })
  .filter((entry) => entry.isFile() || entry.isSymbolicLink())
  .map((entry) => relative(folder, join(entry.parentPath, entry.name)))
  .filter((name) => !/^(posix|right)\//.test(name) && /^[A-Z]/.test(name))
  .sort();

const groups = new Map<string, string[]>();
for (const zone of zones) {
  const file = readFileSync(join(folder, zone));
  if (file.toString("latin1", 0, 4) !== "TZif") continue;
  const key = abbreviations(file);
  groups.set(key, [...(groups.get(key) ?? []), zone]);
}
const lines = [...groups].map(([key, names]) => `${key}|${names.join(" ")}`);
writeFileSync(
  out,
  `// Made by scripts/zones.ts from the time zone database. Do not edit.\nexport const ZONES = \`\n${lines.join("\n")}\n\`;\n`,
);
console.log(`${groups.size} groups of ${zones.length} zones`);

/** `3600CET,7200CEST`: offsets in seconds and their last abbreviations. */
function abbreviations(file: Buffer): string {
  const counts = (at: number) => [20, 24, 28, 32, 36, 40].map((offset) => file.readUInt32BE(at + offset));
  const [isUt1, isStd1, leap1, time1, type1, char1] = counts(0) as [
    number,
    number,
    number,
    number,
    number,
    number,
  ];
  const second = 44 + time1 * 5 + type1 * 6 + char1 + leap1 * 8 + isStd1 + isUt1;
  const [, , , time, type] = counts(second) as [number, number, number, number, number];
  const order = [...file.subarray(second + 44 + time * 8, second + 44 + time * 9)];
  const types = second + 44 + time * 9;
  const names = types + type * 6;
  const known = new Map<number, string>();
  for (const index of [0, ...order]) {
    const offset = file.readInt32BE(types + index * 6);
    const start = names + file[types + index * 6 + 5]!;
    known.set(offset, file.toString("latin1", start, file.indexOf(0, start)));
  }
  return [...known].map(([offset, name]) => `${offset}${/^[+-]/.test(name) ? `~${name}` : name}`).join(",");
}
