import {
  COLLECTION_STYLE,
  type CollectionStyle,
  EVENT_ID,
  type Event,
  getScalarValue,
  SCALAR_STYLE,
  type ScalarStyle,
} from "js-yaml";
import { commentsOf } from "./comments.ts";
import { lineCounter, positionOf, YamlError } from "./errors.ts";
import { eventsOf, refuseAsGo } from "./events.ts";
import { noteBrackets, noteField } from "./notes.ts";
import { type Dialect, resolvePlain, type Scalar } from "./resolve.ts";

/** A scalar whose spelling differs from how its value is printed: `1.50`, `0x1F`, `~`, an empty value, a date, folded text. */
export class Raw {
  readonly text: string;
  readonly value: Scalar;
  constructor(text: string, value: Scalar) {
    this.text = text;
    this.value = value;
  }
}

/** The null of a key without a value. */
export const EMPTY = new Raw("", null);

export type BuildOptions = {
  file?: string;
  dialect: Dialect;
  /** Keep spellings as Raw; without it scalars are plain values. */
  spelling: boolean;
  /** What a second value for the same key does. */
  duplicates: "error" | "first" | "last";
  /** Lines before this text in its file. */
  lineOffset?: number;
  onDuplicate?: (key: string, line: number) => void;
  /** Called for each key that is no string, e.g. `8080:`. */
  onOddKey?: (map: object, key: string) => void;
  /** Called with a key that is a map or a list, which is an error in any case; may throw one with other words. */
  onComplexKey?: (key: unknown) => void;
};

/** Nodes that aliases may add to one text; more is an alias bomb. */
const MAX_ALIASED = 500_000;

type MapFrame = {
  kind: "map";
  at: number;
  value: Record<string, unknown>;
  key?: string;
  keyAt: number;
  flow: boolean;
  merges?: unknown[];
  merging: boolean;
};
type Frame =
  | MapFrame
  | { kind: "list"; at: number; value: unknown[]; flow: boolean }
  | { kind: "document"; at: number; value: unknown };

type State = {
  text: string;
  options: BuildOptions;
  frames: Frame[];
  anchors: Map<string, unknown>;
  open: Set<unknown>;
  aliased: number;
  /** The JSON object in the comment at a key, which is to be noted. */
  commentAt: ReturnType<typeof commentsOf>;
  /** Whether Go's reader was asked about the text, which takes as long as reading it. */
  asked: boolean;
  lineOf: ReturnType<typeof lineCounter>;
};

/** All documents of a text; an empty document is null. */
export function buildDocuments(source: string, options: BuildOptions): unknown[] {
  const { events, text } = eventsOf(source, options.file, options.lineOffset);
  const state: State = {
    text,
    options,
    frames: [],
    anchors: new Map(),
    open: new Set(),
    aliased: 0,
    commentAt: options.spelling ? commentsOf(text) : undefined,
    asked: false,
    lineOf: lineCounter(text),
  };
  const documents: unknown[] = [];
  for (const event of events) {
    switch (event.type) {
      case EVENT_ID.DOCUMENT:
        state.anchors = new Map();
        state.frames.push({ kind: "document", at: 0, value: null });
        break;
      case EVENT_ID.SCALAR:
        addScalar(state, event);
        break;
      case EVENT_ID.SEQUENCE:
        open(state, event, newListFrame(event));
        break;
      case EVENT_ID.MAPPING:
        open(state, event, newMapFrame(event));
        break;
      case EVENT_ID.ALIAS:
        addAlias(state, event);
        break;
      case EVENT_ID.POP: {
        const frame = state.frames.pop()!;
        if (frame.kind === "document") documents.push(frame.value);
        else close(state, frame);
        break;
      }
    }
  }
  return documents;
}

type Collection = { start: number; style: CollectionStyle };

function newMapFrame({ start, style }: Collection): MapFrame {
  const flow = style === COLLECTION_STYLE.FLOW;
  return { kind: "map", at: start, value: {}, keyAt: 0, merging: false, flow };
}

const newListFrame = ({ start, style }: Collection): Frame => ({
  kind: "list",
  at: start,
  value: [],
  flow: style === COLLECTION_STYLE.FLOW,
});

/** `go` is what Go's reader says, where that is something else. */
function fail(
  state: State,
  offset: number,
  reason: string,
  code: YamlError["code"] = "bad-yaml",
  go?: string,
): never {
  const at = positionOf(state.text, offset, state.options.file);
  throw new YamlError(code, reason, { ...at, line: at.line + (state.options.lineOffset ?? 0) }, go);
}

/** A set is a mapping to nothing. */
const COLLECTION_TAGS = new Set(["!!map", "!!seq", "!!set"]);

type Anchored = { anchorStart: number; anchorEnd: number };

function open(state: State, event: Anchored & { tagStart: number; tagEnd: number }, frame: Frame): void {
  const tag = tagOf(state, event);
  if (tag.startsWith("!!") && !COLLECTION_TAGS.has(tag)) {
    fail(state, event.tagStart, `unsupported tag ${tag}`);
  }
  if (event.anchorStart !== -1) {
    state.anchors.set(state.text.slice(event.anchorStart, event.anchorEnd), frame.value);
    state.open.add(frame.value);
  }
  if (state.options.spelling && frame.kind !== "document" && frame.flow) noteBrackets(frame.value);
  state.frames.push(frame);
}

function close(state: State, frame: Frame): void {
  if (state.open.size > 0) state.open.delete(frame.value);
  if (frame.kind === "map" && frame.merges) mergeInto(state, frame);
  add(state, frame.value, frame.at, false);
}

function addScalar(state: State, event: Event & { type: typeof EVENT_ID.SCALAR }): void {
  const text = textOf(state, event);
  const plain = event.style === SCALAR_STYLE.PLAIN;
  const tag = event.tagStart === -1 ? "" : tagOf(state, event);
  const at = event.valueStart === -1 ? 0 : event.valueStart;
  if (atKey(state)) {
    addKey(state, text, plain && tag === "", at);
    return;
  }
  const value =
    tag === "" ? untagged(state, text, event.style) : taggedScalar(state, text, tag, event.tagStart);
  if (event.anchorStart !== -1)
    state.anchors.set(state.text.slice(event.anchorStart, event.anchorEnd), value);
  if (state.options.spelling && (!plain || tag !== "")) {
    const frame = state.frames[state.frames.length - 1]!;
    const folded = event.style === SCALAR_STYLE.FOLDED_BLOCK;
    if (frame.kind === "map" && frame.key !== undefined)
      noteField(frame.value, frame.key, folded ? "folded" : tag === "" ? "quoted" : "tagged");
  }
  add(state, value, at, false);
}

/** The text of a scalar. Where its block ends with the whole text, without a line break, Go reads none; js-yaml does. */
function textOf({ text }: State, event: Event & { type: typeof EVENT_ID.SCALAR }): string {
  const value = getScalarValue(text, event);
  if (event.style !== SCALAR_STYLE.FOLDED_BLOCK && event.style !== SCALAR_STYLE.LITERAL_BLOCK) return value;
  const cut = event.valueEnd === text.length && !text.endsWith("\n") && value.endsWith("\n");
  return cut ? value.slice(0, -1) : value;
}

function untagged(state: State, text: string, style: ScalarStyle): Scalar | Raw {
  if (style === SCALAR_STYLE.PLAIN) return scalarOf(state, text);
  const { spelling, dialect } = state.options;
  // In a map the style is a matter of the field, and noted there.
  const folded = style === SCALAR_STYLE.FOLDED_BLOCK && state.frames[state.frames.length - 1]!.kind !== "map";
  const printed = folded && spelling && dialect === "node" ? refold(text) : text;
  return printed === text ? text : new Raw(text, printed);
}

function scalarOf(state: State, text: string): Scalar | Raw {
  const value = resolvePlain(text, state.options.dialect);
  // kustomize writes brackets as brackets before it types, and a time in brackets needs quotes for its colons.
  if (typeof value === "string" && value !== text && text.includes(":") && inBrackets(state)) return text;
  if (value === text || !state.options.spelling) return value;
  if (value === null && text === "") return EMPTY;
  if (value === null) return text === "null" ? null : new Raw(text, null);
  return String(value) === text ? value : new Raw(text, value);
}

function inBrackets(state: State): boolean {
  const frame = state.frames[state.frames.length - 1]!;
  return frame.kind !== "document" && frame.flow;
}

/**
 * A folded text as kustomize's rewriting leaves it: an empty line more before lines that are indented further, and before
 * empty lines at the end.
 */
export function refold(text: string): string {
  if (!/\n[ \t]|\n\n$/.test(text) || /^\n*[ \t]/.test(text)) return text;
  return text.replace(/(^|\n)([^ \t\n][^\n]*\n)(?=\n*[ \t]|\n+$)/g, "$1$2\n");
}

function taggedScalar(state: State, text: string, tag: string, at: number): Scalar | Raw {
  switch (tag) {
    case "!":
      return state.options.dialect === "node" ? scalarOf(state, text) : text;
    case "!!str":
      return text;
    case "!!binary":
      return binaryText(state, text, at);
    case "!!int":
    case "!!float":
    case "!!bool":
    case "!!null":
    case "!!timestamp":
    case "!!merge": {
      const value = scalarOf(state, text);
      const bare = value instanceof Raw ? value.value : value;
      if (tagName(bare) === tag) return value;
      if (tag === "!!float" && tagName(bare) === "!!int")
        return state.options.spelling ? new Raw(text, bare) : value;
      if (tag === "!!timestamp") return typeof bare === "string" ? bare : text;
      return fail(state, at, `cannot decode ${tagName(bare)} as a ${tag}`);
    }
    default:
      return text; // A local tag such as !Ref means nothing to Kubernetes; Go keeps the text.
  }
}

/** The short tag Go gives to a scalar value. */
export function tagName(value: Scalar): string {
  if (value === null) return "!!null";
  if (typeof value === "boolean") return "!!bool";
  if (typeof value === "bigint") return "!!int";
  if (typeof value === "number") return Number.isInteger(value) ? "!!int" : "!!float";
  return "!!str";
}

function binaryText(state: State, text: string, at: number): string {
  const clean = text.replace(/\s/g, "");
  if (!/^[A-Za-z0-9+/]*={0,2}$/.test(clean)) fail(state, at, "!!binary value contains invalid base64 data");
  return Buffer.from(clean, "base64").toString("utf8");
}

function tagOf(state: State, event: { tagStart: number; tagEnd: number }): string {
  if (event.tagStart === -1) return "";
  const raw = state.text.slice(event.tagStart, event.tagEnd);
  const prefix = "!<tag:yaml.org,2002:";
  return raw.startsWith(prefix) ? `!!${raw.slice(prefix.length, -1)}` : raw;
}

function atKey(state: State): boolean {
  const frame = state.frames[state.frames.length - 1]!;
  return frame.kind === "map" && frame.key === undefined && !frame.merging;
}

function addKey(state: State, text: string, plain: boolean, at: number): void {
  const frame = state.frames[state.frames.length - 1] as MapFrame;
  frame.keyAt = at;
  if (plain && text === "<<") {
    frame.merging = true;
    return;
  }
  // A colon at the start of a line follows no key but the one that `?` announces; js-yaml lets it.
  if (plain && text === "" && !frame.flow && !state.asked) {
    state.asked = true;
    refuseAsGo(state.text, state.options.file, state.options.lineOffset);
  }
  frame.key = text;
  if (plain && state.options.dialect === "kubernetes") frame.key = kubernetesKey(text);
  if (plain && state.options.onOddKey && typeof resolvePlain(text, state.options.dialect) !== "string") {
    state.options.onOddKey(frame.value, text);
  }
}

/** A key that is a boolean or number, as sigs.k8s.io/yaml turns it into a JSON key. */
function kubernetesKey(text: string): string {
  const value = resolvePlain(text, "kubernetes");
  return value === null || typeof value === "string" ? text : String(value);
}

function add(state: State, value: unknown, at: number, shared: boolean): void {
  const frame = state.frames[state.frames.length - 1]!;
  if (frame.kind === "document") frame.value = value;
  else if (frame.kind === "list") frame.value.push(value);
  else if (frame.merging) {
    frame.merging = false;
    frame.merges ??= [];
    frame.merges.push(value);
  } else if (frame.key === undefined) {
    if (shared && (value === null || typeof value !== "object")) addKey(state, String(value), false, at);
    else {
      state.options.onComplexKey?.(value);
      // Go goes on with the key, which may be secret
      fail(state, at, "a mapping key must be a scalar", "bad-yaml", "invalid map key");
    }
  } else {
    addPair(state, frame, frame.key, value);
    frame.key = undefined;
  }
}

function addPair(state: State, frame: MapFrame, key: string, value: unknown): void {
  if (Object.hasOwn(frame.value, key)) {
    if (state.options.duplicates === "error") {
      fail(state, frame.keyAt, `mapping key "${key}" already defined`, "duplicate-key");
    }
    state.options.onDuplicate?.(key, state.lineOf(frame.keyAt) + (state.options.lineOffset ?? 0));
    if (state.options.duplicates === "first") return;
  }
  setOwn(frame.value, key, value);
  if (state.commentAt && typeof value === "object" && value !== null && !(value instanceof Raw)) {
    const comment = state.commentAt(frame.keyAt);
    if (comment) noteField(frame.value, key, comment);
  }
}

/** Sets a key of a plain object, `__proto__` included. */
export function setOwn(target: Record<string, unknown>, key: string, value: unknown): void {
  if (key === "__proto__") {
    Object.defineProperty(target, key, { value, enumerable: true, configurable: true, writable: true });
  } else target[key] = value;
}

function addAlias(state: State, event: Anchored): void {
  const name = state.text.slice(event.anchorStart, event.anchorEnd);
  const value = state.anchors.get(name);
  if (value === undefined) fail(state, event.anchorStart, `unknown anchor '${name}' referenced`);
  if (state.open.has(value)) fail(state, event.anchorStart, `anchor '${name}' value contains itself`);
  add(state, copyAliased(state, value, event.anchorStart), event.anchorStart, true);
}

// Each alias gets its own copy, because what is read here is edited later; the total is bounded.
function copyAliased(state: State, value: unknown, at: number): unknown {
  if (++state.aliased > MAX_ALIASED) {
    fail(state, at, "document contains excessive aliasing", "too-large");
  }
  if (Array.isArray(value)) return value.map((item) => copyAliased(state, item, at));
  if (value === null || typeof value !== "object" || value instanceof Raw) return value;
  const copy: Record<string, unknown> = {};
  for (const [key, item] of Object.entries(value)) setOwn(copy, key, copyAliased(state, item, at));
  return copy;
}

function mergeInto(state: State, frame: MapFrame): void {
  const sources = frame.merges!.flatMap((source) => (Array.isArray(source) ? source : [source]));
  const own = frame.value;
  const merged: Record<string, unknown> = {};
  // The first source that has a key wins, the mapping itself beats all of them.
  for (const source of sources.reverse()) {
    if (source === null || typeof source !== "object" || Array.isArray(source) || source instanceof Raw) {
      fail(state, frame.keyAt, "map merge requires map or sequence of maps as the value");
    }
    for (const [key, value] of Object.entries(source)) setOwn(merged, key, value);
  }
  for (const [key, value] of Object.entries(merged)) if (!Object.hasOwn(own, key)) setOwn(own, key, value);
}
