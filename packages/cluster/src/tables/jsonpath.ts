/** One step into a value: a field, an index, all elements, or the elements that pass a comparison. */
type Step =
  | { kind: "field"; name: string }
  | { kind: "index"; index: number }
  | { kind: "all" }
  | { kind: "filter"; path: Step[]; operator: string; value: unknown };

/** A compiled path that gives every value it finds. */
export type JsonPath = (value: unknown) => unknown[];

/**
 * Compiles the JSONPath of printer columns and scale paths: `.spec.replicas`, `.a['b.c/d']`, `.list[0]`, `.list[*].name`,
 * `.status.conditions[?(@.type=="Ready")].status`. Throws for anything else.
 */
export function compileJsonPath(text: string): JsonPath {
  const steps = parse(text.startsWith(".") || text.startsWith("[") ? text : `.${text}`);
  return (value) => walk([value], steps);
}

function parse(text: string): Step[] {
  const steps: Step[] = [];
  const pattern =
    /\.((?:[^.[\]\\]|\\.)+)|\[\?\(@((?:\.[^=!<>\s]+)+)\s*(==|!=)\s*("[^"]*"|'[^']*'|[^)\s]+)\)\]|\[(?:'([^']*)'|"([^"]*)"|(-?\d+)|(\*))\]/gy;
  let at = 0;
  while (at < text.length) {
    pattern.lastIndex = at;
    const match = pattern.exec(text);
    if (!match) throw new Error(`cannot read the JSONPath ${JSON.stringify(text)} at ${at}`);
    at = pattern.lastIndex;
    const [, name, path, operator, value, single, double, index, star] = match;
    if (name !== undefined)
      steps.push(name === "*" ? { kind: "all" } : { kind: "field", name: name.replaceAll(/\\(.)/g, "$1") });
    else if (path !== undefined)
      steps.push({ kind: "filter", path: parse(path), operator: operator!, value: literal(value!) });
    else if (index !== undefined) steps.push({ kind: "index", index: Number(index) });
    else if (star !== undefined) steps.push({ kind: "all" });
    else steps.push({ kind: "field", name: single ?? double! });
  }
  return steps;
}

function literal(text: string): unknown {
  if (/^["']/.test(text)) return text.slice(1, -1);
  if (text === "true" || text === "false") return text === "true";
  const number = Number(text);
  return Number.isNaN(number) ? text : number;
}

function walk(values: unknown[], steps: readonly Step[]): unknown[] {
  let found = values;
  for (const step of steps) found = found.flatMap((value) => next(value, step));
  return found;
}

function next(value: unknown, step: Step): unknown[] {
  if (typeof value !== "object" || value === null) return [];
  switch (step.kind) {
    case "field": {
      const child = Object.hasOwn(value, step.name)
        ? (value as Record<string, unknown>)[step.name]
        : undefined;
      return child === undefined ? [] : [child];
    }
    case "index": {
      const child = Array.isArray(value) ? value.at(step.index) : undefined;
      return child === undefined ? [] : [child];
    }
    case "all":
      return Object.values(value);
    case "filter":
      return (Array.isArray(value) ? value : []).filter((each) => {
        const [actual] = walk([each], step.path);
        return (actual === step.value) === (step.operator === "==");
      });
  }
}
