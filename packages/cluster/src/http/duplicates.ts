/**
 * The paths of object fields that occur more than once in a JSON text, in order of their second occurrence: `spec.replicas`,
 * `items[0].name`. The text must be valid JSON; JSON.parse, which keeps the last one, cannot tell.
 */
export function duplicateFields(text: string): string[] {
  const found: string[] = [];
  // one frame for each open bracket: the keys seen in an object, or the index in an array
  const frames: { path: string; keys?: Set<string>; index: number }[] = [];
  const token = /"((?:[^"\\]|\\.)*)"|[{}[\],:]/g;
  let path = "";
  let expectsKey = false;
  for (let match = token.exec(text); match; match = token.exec(text)) {
    const frame = frames.at(-1);
    switch (match[0]) {
      case "{":
      case "[":
        frames.push({ path, index: 0, ...(match[0] === "{" ? { keys: new Set<string>() } : {}) });
        expectsKey = match[0] === "{";
        if (!expectsKey) path = `${path}[0]`;
        break;
      case "}":
      case "]":
        frames.pop();
        break;
      case ",":
        if (frame?.keys) expectsKey = true;
        else if (frame) path = `${frame.path}[${++frame.index}]`;
        break;
      case ":":
        break;
      default:
        if (!expectsKey || !frame?.keys) break;
        expectsKey = false;
        path = frame.path === "" ? match[1]! : `${frame.path}.${match[1]}`;
        if (frame.keys.has(match[1]!)) found.push(path);
        frame.keys.add(match[1]!);
    }
  }
  return [...new Set(found)];
}
