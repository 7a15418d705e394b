import { type Kind, kinds } from "@sluice/api";
import { nearest } from "./nearest.ts";

/** Words that name a kind on the command line, besides its own names: those of the flux CLI. */
const words: [phrase: string, kind: Kind<any>][] = [
  ["source git", kinds.gitRepository],
  ["source oci", kinds.ociRepository],
  ["source helm", kinds.helmRepository],
  ["source chart", kinds.helmChart],
  ["source bucket", kinds.bucket],
  ["source external", kinds.externalArtifact],
  ["image repository", kinds.imageRepository],
  ["image policy", kinds.imagePolicy],
  ["image update", kinds.imageUpdateAutomation],
  ["alert-provider", kinds.provider],
];

/** What progress lines call a kind, in flux's words: `source git`, `kustomization`, `alert provider`. */
export const spokenOf = (kind: Kind<any>): string =>
  (words.find(([, other]) => other === kind)?.[0] ?? kind.singular).replace("-", " ");

/** What can be written for a kind on the command line, one phrase each, as completions offer it. */
export const phrases = (): string[] => [
  ...Object.values(kinds).map((kind) => kind.plural),
  ...Object.values(kinds).flatMap((kind) => kind.shortNames),
  "all",
];

/** The second words of `source` and `image`. */
export const secondWords = (first: string): string[] => [
  ...words.flatMap(([phrase]) => (phrase.startsWith(`${singular(first)} `) ? [phrase.split(" ")[1]!] : [])),
  ...(`${singular(first)} all` in groupsOfKinds ? ["all"] : []),
];

/** Every kind of the API, in the order in which `get all` shows them. */
export const everyKind: Kind<any>[] = Object.values(kinds);

const groupsOfKinds: Record<string, Kind<any>[]> = {
  all: everyKind,
  "source all": everyKind.filter(({ group }) => group.startsWith("source.")),
  "image all": everyKind.filter(({ group }) => group.startsWith("image.")),
};

/**
 * Takes the kind off the front of command-line words: `ks web`, `source git web`, `sources git`, `kustomizations`, `Kustomization/web`, `all`.
 * Throws an Error that lists what is known.
 */
export function takeKinds(given: readonly string[]): { kinds: Kind<any>[]; names: string[] } {
  const [first, ...others] = given;
  if (first === undefined) throw new Error(`which kind? ${known()}`);
  const [head, ...named] = first.split("/");
  const rest = [...named, ...others];
  const pair = [singular(head!), singular(rest[0] ?? "")].join(" ");
  const two = groupsOfKinds[pair] ?? only(words.find(([phrase]) => phrase === pair)?.[1]);
  if (two !== undefined) return { kinds: two, names: rest.slice(1) };
  const one = groupsOfKinds[head!.toLowerCase()] ?? only(everyKind.find((kind) => isNamed(kind, head!)));
  if (one !== undefined) return { kinds: one, names: rest };
  if (/^(source|image)s?$/.test(head!)) throw new Error(`which ${head}? ${secondWords(head!).join(", ")}`);
  const close = nearest(head!.toLowerCase(), [...phrases(), ...everyKind.map((kind) => kind.singular)]);
  throw new Error(`unknown kind '${head}'; ${close ? `did you mean '${close}'?` : known()}`);
}

/** The same for commands that work on one kind at a time. */
export function takeKind(given: readonly string[]): { kind: Kind<any>; names: string[] } {
  const taken = takeKinds(given);
  if (taken.kinds.length !== 1) throw new Error(`'${given[0]}' names several kinds; name one: ${known()}`);
  return { kind: taken.kinds[0]!, names: taken.names };
}

const only = (kind: Kind<any> | undefined) => kind && [kind];
const singular = (word: string) =>
  word
    .toLowerCase()
    .replace(/^(source|image)s$/, "$1")
    .replace(/([^s])s$/, "$1")
    .replace(/(polic|repositor)ie$/, "$1y");

function isNamed(kind: Kind<any>, word: string): boolean {
  const lower = word.toLowerCase();
  return (
    [kind.plural, kind.singular, ...kind.shortNames].includes(lower) ||
    words.some(([phrase, other]) => other === kind && phrase === lower)
  );
}

const known = () =>
  `known are: all, ${everyKind.map(({ singular: name }) => name).join(", ")}, and pairs like source git`;
