/**
 * Random templates over random values, rendered by us and by Helm's engine: the same bytes, or the same error word for word.
 *
 *   npm run fuzz -- gotemplate [--seed 1] [--count 1000] [--malformed 20] [--keep-going 10]
 *
 * The oracle is built on first use (needs Go). Each case has a seed of its own, from --seed on; --malformed says how many of
 * a hundred are damaged. A difference is shown as the smallest case that still differs, with the seed it came from.
 */
import { parseArgs } from "node:util";
import {
  capabilitiesObject,
  chartObject,
  filesObject,
  GoMap,
  mapOf,
  parseChart,
  parseKubeVersion,
  releaseObject,
  renderBytes,
  TemplateError,
  VALUES,
  valuesObject,
} from "../../packages/gotemplate/src/index.ts";
import { runCommand } from "../controlplane/errors.ts";
import { type Oracle, programs, startOracle } from "../oracle/index.ts";
import { aCase, type Case } from "./gotemplate-grammar.ts";
import { damaged, tokensOf } from "./gotemplate-mutate.ts";
import { type Data, toWire } from "./gotemplate-values.ts";
import { type Random, seeded } from "./random.ts";
import { shorter } from "./shrink.ts";

/** Bytes as latin1 text, one character a byte. */
type Answer = { rendered: Record<string, string> } | { error: string };

const FILES = { "a.txt": "one\ntwo\n", "b.txt": "é\n", "conf/x.yaml": "a: 1\n", "conf/y.bin": "\x00\xff" };
const BUNCH = 100;
/** A template can keep Helm busy for ever. */
const PATIENCE_MS = 10_000;

function caseOf(seed: number, malformed: number): Case {
  const r: Random = seeded(seed);
  const made = aCase(r);
  if (!r.chance(malformed)) return made;
  const name = r.pick(Object.keys(made.templates));
  return { ...made, templates: { ...made.templates, [name]: damaged(r, made.templates[name]!) } };
}

function ours({ templates, values, strict, lint, capabilities }: Case): Answer {
  const data = mapOf(
    {
      Chart: chartObject({ apiVersion: "v2", name: "c", version: "1.2.3", appVersion: "4.5.6" }, true),
      Files: filesObject(Object.entries(FILES).map(([name, text]) => [name, Buffer.from(text, "latin1")])),
      Release: releaseObject({ name: "rel", namespace: "ns", revision: 1, isUpgrade: false }),
      Capabilities: capabilities
        ? capabilitiesObject({
            kubeVersion: parseKubeVersion("v1.33.0"),
            apiVersions: ["v1", "apps/v1"],
            helmVersion: "v4.2.4",
          })
        : null,
      Values: valuesObject(values),
      Subcharts: new GoMap(),
    },
    VALUES,
  );
  const files = Object.entries(templates).map(([path, text]) => ({
    name: `c/${path}`,
    text,
    basePath: "c/templates",
    data,
  }));
  try {
    const rendered = renderBytes(parseChart(files, { strict }), files, lint ? { lint: () => {} } : {});
    return { rendered: Object.fromEntries(rendered) };
  } catch (thrown) {
    if (thrown instanceof TemplateError)
      return { error: Buffer.from(thrown.message, "utf8").toString("latin1") };
    return { error: `CRASH ${thrown instanceof Error ? thrown.stack : String(thrown)}` };
  }
}

const base64 = (texts: Record<string, string>, encoding: "utf8" | "latin1"): Record<string, string> =>
  Object.fromEntries(
    Object.entries(texts).map(([name, text]) => [name, Buffer.from(text, encoding).toString("base64")]),
  );

/** Helm's engine, started again when a template was its end. */
class Peer {
  private readonly program: string;
  private oracle: Oracle;
  constructor(program: string) {
    this.program = program;
    this.oracle = startOracle(program);
  }

  /** Answers; undefined for a case that Helm did not survive, or did not come back from. */
  async render(cases: readonly Case[]): Promise<(Answer | undefined)[]> {
    const questions = cases.map(({ templates, values, ...options }) => ({
      op: "render" as const,
      templates: base64(templates, "utf8"),
      files: base64(FILES, "latin1"),
      values: toWire(values),
      ...options,
    }));
    try {
      const timer = setTimeout(() => this.oracle.stop(), PATIENCE_MS);
      const answers = await this.oracle.ask(questions).finally(() => clearTimeout(timer));
      return answers.map(answerOf);
    } catch {
      this.oracle = startOracle(this.program);
      if (cases.length === 1) return [undefined];
      const answers: (Answer | undefined)[] = [];
      for (const one of cases) answers.push(...(await this.render([one])));
      return answers;
    }
  }

  stop(): void {
    this.oracle.stop();
  }
}

function answerOf({ error, rendered }: { error?: string; rendered?: Record<string, string> }): Answer {
  const text = (bytes: string): string => Buffer.from(bytes, "base64").toString("latin1");
  if (error !== undefined) return { error: text(error) };
  const entries = Object.entries(rendered ?? {});
  return { rendered: Object.fromEntries(entries.map(([name, bytes]) => [name, text(bytes)])) };
}

/** Errors of ours are texts: what is no UTF-8 in Go's is replaced. */
const asText = (bytes: string): string => Buffer.from(bytes, "latin1").toString("utf8");

/** Addresses are another one each time. */
const masked = (text: string | undefined): string | undefined =>
  text?.replace(/0x[0-9a-f]{9,}/g, "0xADDRESS");

function differ(mine: Answer, other: Answer): boolean {
  if ("error" in mine)
    return !("error" in other) || masked(asText(mine.error)) !== masked(asText(other.error));
  if ("error" in other) return true;
  const names = new Set([...Object.keys(mine.rendered), ...Object.keys(other.rendered)]);
  return [...names].some((name) => masked(mine.rendered[name]) !== masked(other.rendered[name]));
}

/** The smallest case that still differs. */
async function shrunk(peer: Peer, found: Case): Promise<Case> {
  let best = found;
  const fails = async (candidate: Case): Promise<boolean> => {
    const [answer] = await peer.render([candidate]);
    if (!answer || !differ(ours(candidate), answer)) return false;
    best = candidate;
    return true;
  };
  for (const name of Object.keys(found.templates)) {
    const { [name]: _, ...others } = best.templates;
    if (await fails({ ...best, templates: others })) continue;
    await shorter(tokensOf(best.templates[name]!), (tokens) =>
      fails({ ...best, templates: { ...best.templates, [name]: tokens.join("") } }),
    );
  }
  await shorter(Object.entries<Data>(best.values), (entries) =>
    fails({ ...best, values: Object.fromEntries(entries) }),
  );
  await fails({ ...best, strict: false });
  await fails({ ...best, lint: false });
  return best;
}

const shown = (answer: Answer): string =>
  "error" in answer
    ? `fails: ${asText(answer.error).slice(0, 1500)}`
    : Object.entries(answer.rendered)
        .map(([name, bytes]) => `${name}: ${JSON.stringify(asText(bytes))}`)
        .join("\n");

async function report(peer: Peer, seed: number, found: Case): Promise<void> {
  const small = await shrunk(peer, found);
  const [helm] = await peer.render([small]);
  console.log(`seed ${seed}:`);
  for (const [name, text] of Object.entries(small.templates)) console.log(`  ${name}: ${text}`);
  console.log(`  values: ${JSON.stringify(toWire(small.values))}`);
  if (small.strict || small.lint) console.log(`  strict: ${small.strict}, lint: ${small.lint}`);
  console.log(`--- helm\n${shown(helm!)}\n--- ours\n${shown(ours(small))}\n`);
}

async function main(): Promise<number> {
  const { values } = parseArgs({
    options: {
      seed: { type: "string", default: "1" },
      count: { type: "string", default: "1000" },
      malformed: { type: "string", default: "20" },
      "keep-going": { type: "string", default: "10" },
    },
  });
  const first = Number(values.seed);
  const count = Number(values.count);
  const most = Number(values["keep-going"]);
  const peer = new Peer((await programs()).oracle);
  let done = 0;
  let errors = 0;
  let failed = 0;
  try {
    for (let seed = first; seed < first + count && failed < most; seed += BUNCH) {
      const size = Math.min(BUNCH, first + count - seed);
      const cases = Array.from({ length: size }, (_, i) => caseOf(seed + i, Number(values.malformed)));
      const answers = await peer.render(cases);
      for (const [i, one] of cases.entries()) {
        const answer = answers[i];
        if (!answer) console.log(`seed ${seed + i}: no answer from Helm`);
        if (!answer || failed >= most) continue;
        done++;
        if ("error" in answer) errors++;
        if (!differ(ours(one), answer)) continue;
        failed++;
        await report(peer, seed + i, one);
      }
    }
  } finally {
    peer.stop();
  }
  console.log(`${done - failed} of ${done} alike (${errors} of them errors), from seed ${first}`);
  return failed > 0 ? 1 : 0;
}

await runCommand(main);
