import { builtin } from "@sluice/api";
import type { Option } from "commander";
import { type Access, withCluster } from "../cluster-access.ts";
import { type Candidate, type Place, placeOf, starting } from "../completion.ts";
import { phrases, secondWords, takeKinds } from "../kinds.ts";
import { listOf } from "../lookup.ts";
import type { Define, Shell } from "../shell.ts";

/** `sluice __complete -- WORDS`: prints what the last word may become, for the scripts of `sluice completion`. */
export const define: Define = (command, shell) => {
  command
    .argument("[words...]")
    .allowUnknownOption()
    .action(async (words: string[]) => {
      const place = placeOf(command.parent!, words);
      const found = await candidatesAt(place, words, shell).catch((): Candidate[] => []);
      for (const { value, about } of starting(words.at(-1) ?? "", found))
        shell.terminal.out(`${[value, about?.replaceAll(/\s+/g, " ")].filter(Boolean).join("\t")}\n`);
      if (takesFile(place)) shell.terminal.out(":files\n");
    });
};

const takesFile = (place: Place) =>
  (place.kind === "value" && /<(file|dir)/.test(place.option.flags)) ||
  (place.kind === "argument" && ["kustomize", "helm"].includes(place.command[0] ?? ""));

async function candidatesAt(place: Place, words: string[], shell: Shell): Promise<Candidate[]> {
  switch (place.kind) {
    case "command":
    case "flag":
      return place.candidates;
    case "value":
      return valuesOf(place.option, words, shell);
    case "argument":
      return argumentsOf(place, words, shell);
  }
}

async function valuesOf(option: Option, words: string[], shell: Shell): Promise<Candidate[]> {
  if (option.argChoices) return option.argChoices.map((value) => ({ value }));
  if (option.long === "--namespace" || option.long === "--flux-namespace")
    return names(shell, words, async ({ client, signal }) =>
      (await client.list(builtin.namespaces, {}, { signal })).items.map(({ metadata }) => metadata.name),
    );
  if (option.long === "--for") return phrases().map((value) => ({ value: `${value}/` }));
  return [];
}

/** Kinds first, then the names of their objects. */
async function argumentsOf(
  { command: [name = ""], before }: Extract<Place, { kind: "argument" }>,
  words: string[],
  shell: Shell,
): Promise<Candidate[]> {
  if (name === "completion") return ["bash", "zsh", "fish"].map((value) => ({ value }));
  if (name === "tree" && before.length === 0) return [{ value: "kustomization" }];
  if (!["get", "reconcile", "suspend", "resume", "tree"].includes(name)) return [];
  const families = ["source", "image"].map((value) => ({ value, about: `${value}s of one kind` }));
  if (before.length === 0) return [...families, ...phrases().map((value) => ({ value }))];
  if (before.length === 1 && /^(source|image)s?$/.test(before[0]!))
    return secondWords(before[0]!).map((value) => ({ value }));
  const { kinds, names: given } = takeKinds(before);
  if (kinds.length !== 1) return [];
  const found = await names(shell, words, async (access) => {
    const namespace = words.some((word) => word === "-A" || word === "--all-namespaces")
      ? undefined
      : access.namespace;
    return (await listOf(access, kinds[0]!, { namespace })).map(({ metadata }) => metadata.name);
  });
  return found.filter(({ value }) => !given.includes(value));
}

/** Asks the cluster that the command line names, and not for long: somebody waits at a prompt. */
async function names(
  shell: Shell,
  words: string[],
  ask: (access: Access) => Promise<string[]>,
): Promise<Candidate[]> {
  const given = (...flags: string[]) => {
    const at = words.findLastIndex((word) => flags.includes(word));
    return at < 0 || at === words.length - 1 ? undefined : words[at + 1];
  };
  const options = {
    namespace: given("-n", "--namespace") ?? "flux-system",
    kubeconfig: given("--kubeconfig"),
    context: given("--context"),
    timeout: "3s",
  };
  let found: string[] = [];
  await withCluster(shell, options, async (access) => {
    found = await ask(access);
  });
  return found.sort().map((value) => ({ value }));
}
