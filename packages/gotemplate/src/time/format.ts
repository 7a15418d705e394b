import { DAYS, MONTHS } from "./calendar.ts";
import { type Element, nextChunk } from "./layout.ts";
import { type GoTime, localFields } from "./time.ts";

/** (Time).Format. */
export function formatTime(time: GoTime, layout: string): string {
  const fields = localFields(time);
  let out = "";
  let rest = layout;
  while (rest !== "") {
    const chunk = nextChunk(rest);
    out += chunk.prefix;
    if (!chunk.element) break;
    out += write(chunk.element, chunk.text, fields);
    rest = chunk.rest;
  }
  return out;
}

type Local = ReturnType<typeof localFields>;

const pad = (value: number, width: number, filler = "0"): string =>
  (value < 0 ? "-" : "") + String(Math.abs(value)).padStart(width, filler);

function write(element: Element, text: string, local: Local): string {
  const { year, month, day, hour, minute, second, nanos, weekday, yearDay } = local;
  const hour12 = hour % 12 === 0 ? 12 : hour % 12;
  switch (element) {
    case "2006":
      return pad(year, 4);
    case "06":
      return pad(((year % 100) + 100) % 100, 2);
    case "January":
      return MONTHS[month - 1]!;
    case "Jan":
      return MONTHS[month - 1]!.slice(0, 3);
    case "1":
      return String(month);
    case "01":
      return pad(month, 2);
    case "Monday":
      return DAYS[weekday]!;
    case "Mon":
      return DAYS[weekday]!.slice(0, 3);
    case "2":
      return String(day);
    case "_2":
      return pad(day, 2, " ");
    case "02":
      return pad(day, 2);
    case "__2":
      return pad(yearDay, 3, " ");
    case "002":
      return pad(yearDay, 3);
    case "15":
      return pad(hour, 2);
    case "3":
      return String(hour12);
    case "03":
      return pad(hour12, 2);
    case "4":
      return String(minute);
    case "04":
      return pad(minute, 2);
    case "5":
      return String(second);
    case "05":
      return pad(second, 2);
    case "PM":
      return hour >= 12 ? "PM" : "AM";
    case "pm":
      return hour >= 12 ? "pm" : "am";
    case "MST":
      return local.abbreviation;
    case "fraction0":
    case "fraction9":
      return fraction(element, text, nanos);
    default:
      return offsetText(element, local.offset);
  }
}

function fraction(element: "fraction0" | "fraction9", text: string, nanos: number): string {
  const digits = pad(nanos, 9)
    .slice(0, text.length - 1)
    .padEnd(text.length - 1, "0");
  if (element === "fraction0") return text[0] + digits;
  const short = digits.replace(/0+$/, "");
  return short === "" ? "" : text[0] + short;
}

function offsetText(element: Element, offset: number): string {
  if (element[0] === "Z" && offset === 0) return "Z";
  const size = Math.abs(offset);
  const colon = element.includes(":") ? ":" : "";
  const parts = [Math.floor(size / 3600), Math.floor(size / 60) % 60, size % 60].map((part) => pad(part, 2));
  const count = (element.replace(/[^0-9]/g, "").length / 2) as 1 | 2 | 3;
  return (offset < 0 ? "-" : "+") + parts.slice(0, count).join(colon);
}
