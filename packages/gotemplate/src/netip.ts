/** Addresses of IP as net/netip reads them. */
import { GoError } from "./errors.ts";
import { goQuote } from "./quote.ts";

/** Checks that a byte string is an address, of IPv4 or of IPv6 with or without a zone. @throws {GoError} as ParseAddr words it */
export function checkAddress(text: string): void {
  const fail = (message: string, at = ""): never => {
    const place = at === "" ? "" : ` (at ${goQuote(at)})`;
    throw new GoError(`ParseAddr(${goQuote(text)}): ${message}${place}`);
  };
  switch (/[.:%]/.exec(text)?.[0]) {
    case ".":
      checkFour(text, fail);
      return;
    case ":":
      checkSix(text, fail);
      return;
    case "%":
      fail("missing IPv6 address");
      return;
    default:
      fail("unable to parse IP");
  }
}

type Fail = (message: string, at?: string) => never;

function checkFour(text: string, fail: Fail): void {
  let dots = 0;
  let digits = "";
  for (const [i, ch] of [...text].entries()) {
    if (/[0-9]/.test(ch)) {
      if (digits === "0") fail("IPv4 field has octet with leading zero");
      digits += ch;
      if (Number(digits) > 255) fail("IPv4 field has value >255");
    } else if (ch === ".") {
      if (i === text.length - 1 || digits === "")
        fail("IPv4 field must have at least one digit", text.slice(i));
      if (++dots === 4) fail("IPv4 address too long");
      digits = "";
    } else fail("unexpected character", text.slice(i));
  }
  if (dots < 3) fail("IPv4 address too short");
}

function checkSix(text: string, fail: Fail): void {
  const percent = text.indexOf("%");
  if (percent === text.length - 1) fail("zone must be a non-empty string");
  let rest = percent === -1 ? text : text.slice(0, percent);
  let fields = 0;
  let gap = rest.startsWith("::");
  if (gap) rest = rest.slice(2);
  if (gap && rest === "") return;
  while (fields < 8) {
    const digits = /^[0-9a-fA-F]*/.exec(rest)![0];
    if (digits.length > 4) fail("each group must have 4 or less digits", rest);
    if (digits === "") fail("each colon-separated field must have at least one digit", rest);
    if (rest[digits.length] === ".") {
      if (!gap && fields !== 6)
        fail("embedded IPv4 address must replace the final 2 fields of the address", rest);
      if (fields > 6) fail("too many hex fields to fit an embedded IPv4 at the end of the address", rest);
      checkFour(rest, fail);
      fields += 2;
      rest = "";
      break;
    }
    fields++;
    rest = rest.slice(digits.length);
    if (rest === "") break;
    if (rest[0] !== ":") fail("unexpected character, want colon", rest);
    if (rest === ":") fail("colon must be followed by more characters", rest);
    rest = rest.slice(1);
    if (rest[0] !== ":") continue;
    if (gap) fail("multiple :: in address", rest);
    gap = true;
    rest = rest.slice(1);
    if (rest === "") break;
  }
  if (rest !== "") fail("trailing garbage after address", rest);
  if (fields < 8 && !gap) fail("address string too short");
  if (fields === 8 && gap) fail("the :: must expand to at least one field of zeros");
}
