/** What a file is that should be a packed chart and is not, in Helm's words; undefined for what is gzip by its first bytes. */
export function notAnArchive(path: string, bytes: Uint8Array): string | undefined {
  if (bytes[0] === 0x1f && bytes[1] === 0x8b && bytes[2] === 0x08) return undefined;
  if (/\.ya?ml$/.test(path)) return `file '${path}' seems to be a YAML file, but expected a gzipped archive`;
  return `file '${path}' does not appear to be a gzipped archive; got '${contentType(bytes)}'`;
}

/** Go's http.DetectContentType for what people take for charts. Helm hands it 512 bytes, zeros behind a shorter file. */
function contentType(bytes: Uint8Array): string {
  const head = Buffer.from(bytes.subarray(0, 512));
  if (head.subarray(0, 4).equals(Buffer.from("PK\x03\x04"))) return "application/zip";
  if (/^\s*<(?:!doctype html|html|head|body|title)[\s>]/i.test(head.toString("latin1")))
    return "text/html; charset=utf-8";
  if (/^\s*<\?xml/.test(head.toString("latin1"))) return "text/xml; charset=utf-8";
  const binary =
    head.length < 512 ||
    head.some((byte) => byte < 9 || byte === 11 || (byte > 13 && byte < 32 && byte !== 27));
  return binary ? "application/octet-stream" : "text/plain; charset=utf-8";
}
