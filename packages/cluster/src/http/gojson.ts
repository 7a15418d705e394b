/**
 * Why a text is not JSON, in the words of Go's encoding/json: "unexpected end of JSON input", or "invalid character 'x' looking for
 * beginning of value". Undefined when it is JSON.
 */
export function goJsonProblem(text: string): string | undefined {
  const found = scan(text);
  if (found === undefined) return undefined;
  if (found.at >= text.length) return "unexpected end of JSON input";
  const character = text[found.at]!;
  const shown =
    character === "'" ? `'\\''` : character === '"' ? `'"'` : `'${JSON.stringify(character).slice(1, -1)}'`;
  return `invalid character ${shown} ${found.context}`;
}

type Problem = { at: number; context: string };

const LITERAL =
  /true|false|null|-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?|"(?:[^"\\\u0000-\u001f]|\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4}))*"/y;

/** A word that begins like true, false or null and goes on otherwise. */
function literalProblem(text: string, start: number): Problem | undefined {
  const word = ["true", "false", "null"].find((each) => each[0] === text[start]);
  if (!word) return undefined;
  let at = start + 1;
  while (text[at] === word[at - start]) at++;
  return { at, context: `in literal ${word} (expecting '${word[at - start]}')` };
}

function scan(text: string): Problem | undefined {
  let at = 0;
  const open: ("{" | "[")[] = [];
  const skip = () => {
    while (at < text.length && " \t\r\n".includes(text[at]!)) at++;
  };
  const fail = (context: string): Problem => ({ at, context });
  const take = (): boolean => {
    LITERAL.lastIndex = at;
    const match = LITERAL.exec(text);
    if (match) at = LITERAL.lastIndex;
    return match !== null;
  };
  let expects: "value" | "key" | "first key" | "first item" | "after" = "value";
  for (;;) {
    skip();
    const character = text[at];
    if (expects === "after") {
      const frame = open.at(-1);
      if (frame === undefined) return at >= text.length ? undefined : fail("after top-level value");
      if (character === ",") expects = frame === "{" ? "key" : "value";
      else if (character === (frame === "{" ? "}" : "]")) open.pop();
      else return fail(frame === "{" ? "after object key:value pair" : "after array element");
      at++;
    } else if (expects === "key" || expects === "first key") {
      if (character === "}" && expects === "first key") {
        open.pop();
        at++;
        expects = "after";
        continue;
      }
      if (character !== '"' || !take())
        return character === '"'
          ? { at: text.length, context: "" }
          : fail("looking for beginning of object key string");
      skip();
      if (text[at] !== ":") return fail("after object key");
      at++;
      expects = "value";
    } else if (character === "{" || character === "[") {
      open.push(character);
      at++;
      expects = character === "{" ? "first key" : "first item";
    } else if (expects === "first item" && character === "]") {
      open.pop();
      at++;
      expects = "after";
    } else if (take()) expects = "after";
    else if (literalProblem(text, at)) return literalProblem(text, at);
    else return character === '"' ? { at: text.length, context: "" } : fail("looking for beginning of value");
  }
}
