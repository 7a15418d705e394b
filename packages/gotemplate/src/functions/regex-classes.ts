/** Long names of Unicode's categories, which Go reads in expressions and our library does not. */

const NAMES: Record<string, string> = {
  C: "Other",
  Cc: "Control cntrl",
  Cf: "Format",
  Co: "Private_Use",
  Cs: "Surrogate",
  L: "Letter",
  Ll: "Lowercase_Letter",
  Lm: "Modifier_Letter",
  Lo: "Other_Letter",
  Lt: "Titlecase_Letter",
  Lu: "Uppercase_Letter",
  M: "Mark Combining_Mark",
  Mc: "Spacing_Mark",
  Me: "Enclosing_Mark",
  Mn: "Nonspacing_Mark",
  N: "Number",
  Nd: "Decimal_Number digit",
  Nl: "Letter_Number",
  No: "Other_Number",
  P: "Punctuation punct",
  Pc: "Connector_Punctuation",
  Pd: "Dash_Punctuation",
  Pe: "Close_Punctuation",
  Pf: "Final_Punctuation",
  Pi: "Initial_Punctuation",
  Po: "Other_Punctuation",
  Ps: "Open_Punctuation",
  S: "Symbol",
  Sc: "Currency_Symbol",
  Sk: "Modifier_Symbol",
  Sm: "Math_Symbol",
  So: "Other_Symbol",
  Z: "Separator",
  Zl: "Line_Separator",
  Zp: "Paragraph_Separator",
  Zs: "Space_Separator",
};

/** Go looks at letters only, in any case. */
const bare = (name: string): string => name.replace(/[_\- ]/g, "").toLowerCase();

const CATEGORIES = new Map(
  Object.entries(NAMES).flatMap(([short, names]) => names.split(" ").map((name) => [bare(name), short])),
);

/** An expression with the short names of categories: `\pL` for `\p{Letter}`. */
export function withShortNames(pattern: string): string {
  if (!pattern.includes("{")) return pattern;
  return pattern.replace(/\\(?:([pP])\{(\^?)([A-Za-z_\- ]+)\}|.)/gs, (whole, letter, not, name) => {
    const short = name === undefined ? undefined : CATEGORIES.get(bare(name));
    return short === undefined ? whole : `\\${letter}{${not}${short}}`;
  });
}
