/** Splits a path at a delimiter; a backslash before the delimiter keeps it, a leading delimiter is dropped. */
export function splitPath(path: string, delimiter: string): string[] {
  let parts = path.split(delimiter);
  if (parts.length > 1 && parts[0] === "") parts = parts.slice(1);
  const result = [parts[0]!];
  for (const part of parts.slice(1)) {
    const last = result[result.length - 1]!;
    if (last.endsWith("\\")) result[result.length - 1] = last.slice(0, -1) + delimiter + part;
    else result.push(part);
  }
  return result;
}

/** Splits a field path at dots, but not inside brackets: `a.[name=x.y].b`; `[a.b]` is the key `a.b`. */
export function splitFieldPath(path: string): string[] {
  const parts = splitPath(path, ".");
  const result: string[] = [];
  for (let i = 0; i < parts.length; i++) {
    const part = parts[i]!;
    if (!part.startsWith("[") || part.endsWith("]")) {
      result.push(part);
      continue;
    }
    const bracketed = [part];
    while (i < parts.length - 1) {
      bracketed.push(parts[++i]!);
      if (parts[i]!.endsWith("]")) break;
    }
    const joined = bracketed.join(".");
    result.push(joined.includes("=") ? joined : joined.replace(/^[[\]]+|[[\]]+$/g, ""));
  }
  return result;
}

/** Parts without blanks; blank parts are dropped. */
export function cleanParts(parts: readonly string[]): string[] {
  return parts.map((part) => part.trim()).filter((part) => part !== "");
}

export const isListIndex = (part: string): boolean => part.startsWith("[") && part.endsWith("]");
export const isIndexNumber = (part: string): boolean => /^\+?[0-9]+$/.test(part);
