import { createHash } from "node:crypto";
import { goJson, stringify } from "@sluice/yaml";
import type { Chart, Dependency, Lock } from "../chart.ts";
import { ChartError } from "../errors.ts";

type Dependencies = readonly Dependency[] | undefined;

/**
 * The digest of a lock file: `sha256:` over the dependencies that a chart asks for and those that were found.
 * HashReq of Helm's internal/resolver.
 */
export const lockDigest = (asked: Dependencies, locked: Dependencies): string =>
  sha256(`[${dependenciesJson(asked)},${dependenciesJson(locked)}]`);

/** The digest that Helm 2 wrote into requirements.lock. HashV2Req of Helm's internal/resolver. */
const oldLockDigest = (asked: Dependencies): string => sha256(`{"dependencies":${dependenciesJson(asked)}}`);

const sha256 = (text: string): string => `sha256:${createHash("sha256").update(text).digest("hex")}`;

/** The fields of Go's struct in their order, as encoding/json writes them. */
const dependenciesJson = (all: Dependencies): string =>
  all ? `[${all.map((one) => goStruct(dependencyFields(one))).join(",")}]` : "null";

const goStruct = (fields: Record<string, unknown>): string =>
  `{${Object.entries(fields)
    .map(([name, value]) => `${goJson(name)}:${goJson(value)}`)
    .join(",")}}`;

/** What Go writes of a dependency: the name and the repository always, other fields if they are not empty. */
export function dependencyFields(one: Dependency): Record<string, unknown> {
  const { name = "", version, repository = "", condition, tags, enabled, alias } = one;
  const fields = {
    name,
    version,
    repository,
    condition,
    tags,
    enabled,
    "import-values": one["import-values"],
    alias,
  };
  return Object.fromEntries(
    Object.entries(fields).filter(
      ([key, value]) => key === "name" || key === "repository" || !isEmpty(value),
    ),
  );
}

/** What `omitempty` leaves out. */
export const isEmpty = (value: unknown): boolean =>
  value === undefined ||
  value === null ||
  value === "" ||
  value === false ||
  (Array.isArray(value) && value.length === 0) ||
  (typeof value === "object" && Object.keys(value).length === 0);

/** The text of Chart.lock or requirements.lock. */
export const writeLock = ({ generated, digest, dependencies }: Lock): string =>
  stringify({ dependencies: dependencies.map(dependencyFields), digest, generated: goTime(generated) });

/** A time as Go prints the one that it read: nanoseconds at most, without zeros at their end, Z for no offset. */
export function goTime(time: string): string {
  const [, second, digits = "", zone] = /^([^.]*)(?:\.(\d+))?(Z|[+-]\d\d:\d\d)$/.exec(time) ?? [];
  if (second === undefined) return time;
  const fraction = digits.slice(0, 9).replace(/0+$/, "");
  return `${second}${fraction && `.${fraction}`}${/^[+-]00:00$/.test(zone!) ? "Z" : zone}`;
}

/**
 * Checks that the lock of a chart was made for the dependencies that it asks for.
 * @param asked the dependencies with the aliases of repositories replaced by their addresses
 * @throws {ChartError} `bad-dependencies` in Helm's words
 */
export function checkLock(
  { metadata, lock }: Pick<Chart, "metadata" | "lock">,
  asked = metadata.dependencies,
): void {
  if (!lock || lockDigest(asked, lock.dependencies) === lock.digest) return;
  if (metadata.apiVersion === "v1") {
    // Locks of Helm 2 are still around: helm/helm#7233.
    if (oldLockDigest(metadata.dependencies) === lock.digest) return;
    throw outOfSync(
      "requirements.lock",
      "the lock file (requirements.lock) is out of sync with the dependencies file (requirements.yaml). Please update the dependencies",
    );
  }
  throw outOfSync(
    "Chart.lock",
    "the lock file (Chart.lock) is out of sync with the dependencies file (Chart.yaml). Please update the dependencies with 'helm dependency update'",
  );
}

const outOfSync = (file: string, words: string) => new ChartError("bad-dependencies", words, { file });
