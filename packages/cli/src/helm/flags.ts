/** Flags that several of Helm's commands have. */
import { type Command, Option } from "commander";
import type { Remote } from "./download.ts";

/** Flags of all commands below `sluice helm`. */
export type HelmOptions = { namespace?: string; kubeconfig?: string; kubeContext?: string; debug?: boolean };

/** The options of a command below `sluice helm`, with those of `helm` itself; those of the program mean other things. */
export function optionsOf<T>(command: Command): T {
  const above: Partial<T> = command.name() === "helm" || !command.parent ? {} : optionsOf(command.parent);
  return { ...above, ...command.opts() } as T;
}

/**
 * Lets a command read its flags as Helm's library does: a value that may be left out follows a `=` only, so that
 * `--dry-run chart` names a chart, and `--include-crds=false` is a flag that is not given.
 */
export function readLikeHelm(command: Command): void {
  const parse = command.parseOptions.bind(command);
  command.parseOptions = (words) => {
    const end = words.indexOf("--");
    const flags = end < 0 ? words : words.slice(0, end);
    return parse([...flags.flatMap((word) => asCommander(command, word)), ...words.slice(flags.length)]);
  };
  command.commands.forEach(readLikeHelm);
}

function asCommander({ options }: Command, word: string): string[] {
  const [, name, value] = /^(--[^=]+)(?:=(.*))?$/s.exec(word) ?? [];
  const option = options.find(({ long }) => long === name);
  if (!option || option.required) return [word];
  if (option.optional) return value === undefined ? [`${name}=unset`] : [word];
  if (value === undefined) return [word];
  if (/^(1|t|true)$/i.test(value)) return [name!];
  return /^(0|f|false)$/i.test(value) ? [] : [word];
}

/** A flag that may be given several times, each time with one text. */
export const repeated = (flags: string, about: string): Option =>
  new Option(flags, about).argParser((text: string, before?: string[]) => [...(before ?? []), text]);

/** A flag that may be given several times, each time with texts between commas. */
export const listed = (flags: string, about: string): Option =>
  new Option(flags, about).argParser((text: string, before?: string[]) => [
    ...(before ?? []),
    ...fields(text),
  ]);

/** The fields of a line of CSV, which is how pflag's StringSlice splits. */
function fields(line: string): string[] {
  if (line === "") return [];
  const found = line.matchAll(/(?:^|,)(?:"((?:[^"]|"")*)"|([^,]*))/g);
  return [...found].map(([, quoted, bare]) => quoted?.replaceAll('""', '"') ?? bare ?? "");
}

export type ValueOptions = {
  values?: string[];
  set?: string[];
  setString?: string[];
  setJson?: string[];
  setFile?: string[];
  setLiteral?: string[];
};

export function addValueFlags(command: Command): Command {
  return command
    .addOption(listed("-f, --values <file>", "values in a YAML file; - for standard input, or a URL"))
    .addOption(repeated("--set <text>", "values, as in key1=val1,key2=val2"))
    .addOption(repeated("--set-string <text>", "values that are texts"))
    .addOption(repeated("--set-json <text>", "values in JSON, as in key1=json1 or one object"))
    .addOption(repeated("--set-file <text>", "values that are contents of files, as in key1=path1"))
    .addOption(repeated("--set-literal <text>", "a value that is a text, commas and all"));
}

export type ChartOptions = Omit<Remote, "credentialsFor"> & {
  version?: string;
  devel?: boolean;
  verify?: boolean;
  keyring?: string;
  repo?: string;
};

/** Where charts come from that do not lie here. */
export function addChartFlags(command: Command): Command {
  return addRemoteFlags(command)
    .option("--version <range>", "version of the chart, or a range of versions")
    .option("--devel", "development versions too, if no --version is given")
    .option("--repo <url>", "repository of the chart")
    .option("--pass-credentials", "send the credentials to every host")
    .option("--verify", "check the signature of the chart")
    .option("--keyring <file>", KEYRING);
}

/** What `--keyring` is. */
export const KEYRING = "public keys for --verify (default: pubring.gpg of GnuPG)";

/** How to talk to a repository. */
export function addRemoteFlags(command: Command): Command {
  return command
    .option("--username <name>", "user name at the repository or registry")
    .option("--password <text>", "password at the repository or registry")
    .option("--ca-file <file>", "certificates to check the repository's with")
    .option("--cert-file <file>", "certificate to show to the repository")
    .option("--key-file <file>", "key of that certificate")
    .option("--insecure-skip-tls-verify", "do not check the repository's certificate")
    .option("--plain-http", "ask registries (oci://) without TLS");
}

/** Flags that mean something to `helm install` only; Helm takes them here too, and so do we. */
export function addIdleFlags(command: Command, ...flags: string[]): Command {
  for (const each of flags) command.addOption(new Option(each).hideHelp());
  return command;
}
