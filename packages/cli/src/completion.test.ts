import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import test from "node:test";
import { Command } from "commander";
import { type Place, placeOf, scripts } from "./completion.ts";

const program = new Command("sluice")
  .option("-n, --namespace <name>", "where")
  .option("--quiet", "say less")
  .configureHelp({ showGlobalOptions: true });
program
  .command("get")
  .description("show")
  .argument("[words...]")
  .option("-o, --output <format>", "form")
  .option("-A, --all");
program.command("kustomize").description("work").command("build").description("print").argument("[dir]");
program.command("secret", { hidden: true });
const helm = program.command("helm").option("--kube-context <name>", "context");
// As the real one: the program's flags do not apply below it.
helm.configureHelp({ ...helm.configureHelp(), visibleGlobalOptions: () => [...helm.options] });
helm.command("dependency").alias("dep").command("update").argument("[chart]").option("--verify");

/** A short form of a place: what could be typed, or what is asked for. */
function told(place: Place): string {
  switch (place.kind) {
    case "command":
    case "flag":
      return place.candidates.map(({ value }) => value).join(" ");
    case "value":
      return `value of ${place.option.long}`;
    case "argument":
      return `argument of ${place.command.join(" ")} after [${place.before.join(" ")}]`;
  }
}

const rows: Record<string, [words: string[], place: string]> = {
  "nothing yet": [[""], "get kustomize helm"],
  "the beginning of a command": [["g"], "get"],
  "a command below a command": [["kustomize", ""], "build"],
  "an argument": [["kustomize", "build", ""], "argument of kustomize build after []"],
  "an argument after another": [["get", "ks", "a"], "argument of get after [ks]"],
  "an argument that is called like a command": [["get", "get", ""], "argument of get after [get]"],
  "a flag": [["get", "--o"], "--output"],
  "flags of the command and of the program": [["get", "-"], "--output --all --namespace --quiet --help"],
  "the value of a flag": [["get", "ks", "-o", ""], "value of --output"],
  "the value of the program's flag": [["get", "-n", ""], "value of --namespace"],
  "what follows a value": [["-n", "apps", "get", "-o", "wide", "ks", ""], "argument of get after [ks]"],
  "what follows a value that is joined": [["get", "--output=wide", "ks", ""], "argument of get after [ks]"],
  "flags of a group, instead of the program's": [
    ["helm", "dependency", "update", "-"],
    "--verify --kube-context --help",
  ],
  "the value of a group's flag": [["helm", "dependency", "--kube-context", ""], "value of --kube-context"],
  "what follows another name of a command": [["helm", "dep", ""], "update"],
  "what follows a flag without a value": [["get", "-A", "ks", ""], "argument of get after [ks]"],
};
for (const [sentence, [words, place]] of Object.entries(rows))
  test(`completes ${sentence}`, () => assert.equal(told(placeOf(program, words)), place));

test("bash takes values without their descriptions, and files when told", (t) => {
  const stub = `sluice() { printf 'apps\\tone app\\ninfra\\n:files\\n'; }`;
  const run = `${stub}\n${scripts.bash}\nCOMP_WORDS=(sluice get ks a) COMP_CWORD=3\n_sluice\nprintf '%s\\n' "\${COMPREPLY[@]}"`;
  const env = { ...process.env, LC_ALL: "C" }; // it complains of locales that the machine lacks
  const { stdout, stderr, error } = spawnSync("bash", ["--norc", "-c", run], { encoding: "utf8", env });
  if (error) return t.skip("no bash here");
  assert.equal(stderr, "");
  assert.equal(stdout, "apps\ninfra\n");
});
