/** Go's words for what its YAML parser stumbles over, by the words of ours. People search for them. */
const GO_WORDS: readonly [RegExp, string][] = [
  [
    /bad indentation of a mapping|expected ':' after a mapping|can not read a block mapping|deficient indentation/,
    "did not find expected key",
  ],
  [
    /a whitespace character is expected after the key-value/,
    "mapping values are not allowed in this context",
  ],
  [/bad indentation of a sequence entry/, "did not find expected '-' indicator"],
  [/tab characters? must not be used/, "found character that cannot start any token"],
  [/unexpected end of the stream within a (?:single|double) quoted/, "found unexpected end of stream"],
  [/unexpected end of the stream within a flow/, "did not find expected ',' or ']'"],
  [/null byte is not allowed|non-printable/, "control characters are not allowed"],
  [/missed comma between flow/, "did not find expected ',' or '}'"],
];

/** What was expected, in Go's words first where there are any. `at` is the character the parser stopped at. */
export function explain(reason: string, at: string | undefined): string {
  if (at === ":" && /^(?:bad indentation of a mapping|end of the stream or a document)/.test(reason)) {
    return "mapping values are not allowed in this context";
  }
  const words = GO_WORDS.find(([pattern]) => pattern.test(reason))?.[1];
  return words ? `${words} (${reason})` : reason;
}
