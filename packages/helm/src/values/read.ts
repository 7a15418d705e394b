import { go } from "@sluice/gotemplate";
import type { Values } from "../chart.ts";
import { ChartError } from "../errors.ts";
import { overlay } from "./tables.ts";

/**
 * Reads a values file as Helm does: numbers are float64, several documents lie over one another, nothing is no values.
 * @param content UTF-8, with or without a byte order mark
 * @throws {ChartError} `bad-values`, in Helm's words but for the name of the file, which the caller knows
 */
export function readValues(content: Uint8Array | string): Values {
  const text = Buffer.from(content as string).toString("latin1"); // one character a byte, so that nothing is lost
  if (!/^---/m.test(text)) return readDocument(content);
  return documentsOf(text)
    .map((document) => readDocument(Buffer.from(document, "latin1")))
    .reduce(overlay, Object.create(null) as Values);
}

function readDocument(content: Uint8Array | string): Values {
  try {
    return go.readYamlMap(content);
  } catch (thrown) {
    if (!(thrown instanceof go.GoError)) throw thrown;
    throw new ChartError("bad-values", `cannot unmarshal yaml document: ${thrown.message}`);
  }
}

/** The documents of a text as k8s.io/apimachinery splits them: at lines that begin with `---` and may have a comment. */
function documentsOf(text: string): string[] {
  const documents: string[] = [];
  let lines: string[] = [];
  const end = () => {
    if (lines.length > 0) documents.push(`${lines.join("\n")}\n`);
    lines = [];
  };
  for (const line of text.split(/\r?\n/)) {
    if (!line.startsWith("---")) {
      lines.push(line);
      continue;
    }
    const rest = line.slice(3).trim();
    if (rest !== "" && !rest.startsWith("#")) {
      const found = Buffer.from(rest, "latin1").toString();
      throw new ChartError(
        "bad-values",
        `error reading yaml document: invalid Yaml document separator: ${found}`,
      );
    }
    // The first separator stays with what follows it, unless something is before it.
    if (lines.length > 0) end();
    else lines.push(line);
  }
  end();
  return documents;
}
