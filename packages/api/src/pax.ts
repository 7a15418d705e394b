/**
 * The records of a pax header, `<length> <key>=<value>\n` where length counts the whole record; undefined if it is malformed.
 * Both readers of tars ask here: `artifact` and `helm`.
 */
export function paxRecords(body: Buffer): [key: string, value: string][] | undefined {
  const records: [string, string][] = [];
  for (let at = 0; at < body.length; ) {
    const space = body.indexOf(" ", at);
    const digits = space < 0 ? "" : body.toString("latin1", at, space);
    const end = at + Number(digits);
    const equals = body.indexOf("=", space);
    if (!/^[1-9]\d{0,8}$/.test(digits) || end > body.length || body[end - 1] !== 10) return undefined;
    if (equals < 0 || equals >= end) return undefined;
    records.push([body.toString("utf8", space + 1, equals), body.toString("utf8", equals + 1, end - 1)]);
    at = end;
  }
  return records;
}
