export {
  type BuildOptions,
  buildDocuments,
  EMPTY,
  Raw,
  refold,
  setOwn,
  tagName,
} from "./build.ts";
export { stringify } from "./emit.ts";
export { type Position, YamlError } from "./errors.ts";
export { compareBytes, goJson } from "./json.ts";
export { sortedKeys } from "./keys.ts";
export { locate, locateAll } from "./locate.ts";
export { copyNotes, foldedFields, forgetNote, forgetNotes, isBracketed, noteField, noteOf } from "./notes.ts";
export { decimalDigits, goFloat, integerOf, printNumber } from "./number.ts";
export {
  type Chunk,
  firstDocument,
  type ParseOptions,
  parse,
  parseAll,
  parseManifests,
  splitDocuments,
  stripMark,
} from "./parse.ts";
export { goProblem } from "./problem.ts";
export { type Dialect, looksTyped, resolvePlain, type Scalar, timestamp } from "./resolve.ts";
export { rewrite } from "./rewrite.ts";
export { writeKey, writeString } from "./scalar.ts";
