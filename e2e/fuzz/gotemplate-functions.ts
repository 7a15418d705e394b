/** What the functions of Helm take and give, for the fuzzer of templates to call them sensibly. */
import type { Random } from "./random.ts";

/**
 * One function a line: name, kind of its result, kinds of its arguments; `*` for any number of the last one. `small` and what
 * follows it in `TEXTS` are literals of a sort. Left out is what gives another answer each time: chance, the clock, new keys,
 * `keys` and `values` (which the grammar sorts), and `derivePassword`, which takes a tenth of a second.
 */
const TABLE = `
abbrev string small string
abbrevboth string small small string
trunc string small string
trim string string
upper string string
lower string string
title string string
untitle string string
substr string small small string
repeat string small string
trimall string cut string
trimAll string cut string
trimSuffix string cut string
trimPrefix string cut string
nospace string string
initials string string
swapcase string string
snakecase string string
camelcase string string
kebabcase string string
wrap string small string
wrapWith string small cut string
contains bool cut string
hasPrefix bool cut string
hasSuffix bool cut string
quote string any*
squote string any*
cat string any*
indent string small string
nindent string small string
replace string cut cut string
plural string string string small
sha1sum string string
sha256sum string string
sha512sum string string
adler32sum string string
toString string any
toStrings list list
atoi number string
int64 number any
int number any
float64 number any
seq string small*
toDecimal number any
until list small
untilStep list small small small
add1 number number
add number number*
sub number number number
div number number number
mod number number number
mul number number number*
add1f number number
addf number number*
subf number number number*
divf number number number*
mulf number number number*
biggest number number number*
max number number number*
min number number number*
maxf number number number*
minf number number number*
ceil number number
floor number number
round number number small
join string cut list
sortAlpha list list
default any any any
empty bool any
coalesce any any*
all bool any*
any bool any*
compact list list
mustCompact list list
fromJson dict json
toJson string any
toPrettyJson string any
toRawJson string any
mustFromJson any json
mustToJson string any
mustToPrettyJson string any
mustToRawJson string any
fromJsonArray list json
ternary any any any bool
deepCopy any any
mustDeepCopy any any
typeOf string any
typeIs bool type any
typeIsLike bool type any
kindOf string any
kindIs bool type any
deepEqual bool any any
getHostByName string string
base string string
dir string string
clean string string
ext string string
isAbs bool string
osBase string string
osClean string string
osDir string string
osExt string string
osIsAbs bool string
b64enc string string
b64dec string string
b32enc string string
b32dec string string
tuple list any*
list list any*
get any dict key
set dict dict key any
unset dict dict key
hasKey bool dict key
pluck list key dict*
pick dict dict key*
omit dict dict key*
merge dict dict dict*
mergeOverwrite dict dict dict*
mustMerge dict dict dict*
mustMergeOverwrite dict dict dict*
append list list any
push list list any
mustAppend list list any
mustPush list list any
prepend list list any
mustPrepend list list any
first any list
mustFirst any list
rest list list
mustRest list list
last any list
mustLast any list
initial list list
mustInitial list list
reverse list list
mustReverse list list
uniq list list
mustUniq list list
without list list any*
mustWithout list list any*
has bool any list
mustHas bool any list
slice list list start
mustSlice list list start
concat list list*
chunk list small list
mustChunk list small list
semver any version
semverCompare bool constraint version
regexMatch bool regex string
mustRegexMatch bool regex string
regexFindAll list regex string small
mustRegexFindAll list regex string small
regexFind string regex string
mustRegexFind string regex string
regexReplaceAll string regex string template
mustRegexReplaceAll string regex string template
regexReplaceAllLiteral string regex string template
mustRegexReplaceAllLiteral string regex string template
regexSplit list regex string small
mustRegexSplit list regex string small
regexQuoteMeta string string
urlParse dict url
urlJoin string dict
split any cut string
splitn any cut small string
splitList list cut string
date string layout time
date_in_zone string layout time zone
dateInZone string layout time zone
date_modify any duration moment
dateModify any duration moment
mustDateModify any duration moment
must_date_modify any duration moment
htmlDate string time
htmlDateInZone string time zone
toDate any layout string
mustToDate any layout string
unixEpoch string moment
duration string number
durationRound string duration
toToml string dict
mustToToml string dict
fromToml dict toml
toYaml string any
mustToYaml string any
toYamlPretty string any
fromYaml dict yaml
fromYamlArray list yaml
required any string any
fail any string
lookup dict string string string string
hello string
and any any any*
or any any any*
not bool any
eq bool scalar scalar*
ne bool scalar scalar
lt bool number number
le bool number number
gt bool string string
ge bool scalar scalar
len number list
index any dict key
print string any*
println string any*
printf string format any*
html string any*
js string any*
urlquery string any*
call any any
decryptAES string string string
`;

export type ArgKind =
  | "string"
  | "number"
  | "bool"
  | "list"
  | "dict"
  | "any"
  | "scalar"
  | "nil"
  | "moment"
  | "small"
  | "time"
  | keyof typeof TEXTS;
export type Signature = { name: string; result: ArgKind; args: ArgKind[]; rest: ArgKind | undefined };

const quoted = (texts: readonly string[]): string[] => texts.map((text) => JSON.stringify(text));

/** Literals by sort. */
export const TEXTS = {
  // No end: behind the last item of a list Go finds what its capacity holds.
  start: ["0", "1", "2", "-1"],
  key: quoted(["name", "image", "port", "a", "b", "enabled", "labels", "a-b", "absent", ""]),
  cut: quoted([",", "/", "", " ", "a", "-", "\n", ".", "ab", "l", "é", "web", "_", "://"]),
  type: quoted(["string", "int", "float64", "map", "slice", "map[string]interface {}", "bool", "invalid"]),
  json: quoted([
    '{"a":1,"b":[true,null,1e3,"x\\u00e9"]}',
    "[1,2.5,-0]",
    '{"a":',
    "nul",
    '"text"',
    "{}",
    "[]",
    '{"a":{"b":{"c":1}}} x',
    "",
    '{"a":1,"a":2}',
    "12345678901234567890",
    "{'a':1}",
  ]),
  yaml: quoted([
    "a: 1\nb: [x, 'y']\n",
    "- 1\n- a: b\n",
    "a: b: c",
    "{a: 1, b: [2, ~]}",
    "x: |\n  text\n  more\n",
    "a: &x 1\nb: *x\n",
    "text",
    "",
    "a:\n- b\n-c\n",
    "1: 2\ntrue: no\n",
    "a: 0x10\nb: 1_000\nc: 1e3\nd: 12:30:45\ne: 2024-01-02\n",
    "\ta: 1",
    "a: 'x",
    "<<: {a: 1}\nb: 2\n",
    "---\na: 1\n---\nb: 2\n",
  ]),
  toml: quoted([
    'a = 1\nb = [1, 2]\n[t]\nc = "x"\n',
    "a = ",
    "a = 1979-05-27T07:32:00Z",
    "",
    "[[x]]\ny=1.5\n",
  ]),
  regex: quoted([
    "^a.*z$",
    "[a-z]+",
    "(\\w)(\\d*)",
    "",
    "(?i)WEB",
    "[",
    "a{2,1}",
    "\\s+",
    "(?P<n>.)",
    ".",
    "a|b|",
    "\\pL+",
    "(a",
    "x*",
    "\\bapp\\b",
  ]),
  template: quoted(["x", "$1", "${1}-${2}", "$$", "$n", "", "${", "$0x"]),
  version: quoted(["1.2.3", "v1.33.4-gke.1", "1.2", "v2", "1.2.3-rc.1+b", "x", "", "01.2.3", "1.2.3.4"]),
  constraint: quoted([
    ">=1.2.0",
    "^1.2",
    "~1.2.3",
    ">=1.19-0",
    "1.x || >3",
    "*",
    "",
    ">",
    "1.2 - 2.0",
    "!=1.2.3",
  ]),
  url: quoted([
    "https://u:p@h.example:80/a/b?c=d#e",
    "/p?q",
    "http://[::1]:x/",
    "mailto:a@b",
    "%zz",
    "",
    "//h/p",
    "a b",
  ]),
  layout: quoted(["2006-01-02", "2006-01-02T15:04:05Z07:00", "Jan _2 06", "Monday 3:04PM .000", "", "x2"]),
  zone: quoted(["UTC", "Europe/Berlin", "America/New_York", "Nowhere/Land", "", "Local"]),
  duration: quoted(["1h", "90m", "-1.5h", "1d", "", "720h3m0.5s", "15", "2ms"]),
  format: quoted([
    "%s",
    "%d",
    "%v",
    "%+v",
    "%#v",
    "%q",
    "%t",
    "%5d|%-5d|%05d",
    "%.2f",
    "%8.3f|%e|%g|%G",
    "%x|%X|%#x|% x",
    "%c|%U|%o|%b|%O",
    "%T",
    "%s-%s-%s",
    "%%|%",
    "%!|%z",
    "%[2]v %[1]v",
    "%*d",
    "%10s|%-10s|%.2s|%10.3q",
    "%v %v",
    "%[5]d",
    "%6.2f%%",
    "%+d|% d",
    "%#q|%+q",
    "plain",
    "%08.3f|%+.1e",
    "%.*f",
    "%[1",
    "%-08d|%x",
  ]),
};

/** What layouts and zones are given: never the clock, which is what dates make of a text. */
export const MOMENTS = [
  '(toDate "2006-01-02" "2024-02-29")',
  '(toDate "2006-01-02T15:04:05Z07:00" "2024-12-31T23:59:59+05:30")',
  '(mustToDate "2006-01-02" "1999-12-31")',
  '(dateModify "-36h" (toDate "2006-01-02" "2024-03-01"))',
];
export const TIMES = [...MOMENTS, "0", "1700000000", "-1", "(int64 1234567890)"];

const FUNCTIONS: Signature[] = TABLE.trim()
  .split("\n")
  .map((line) => {
    const [name, result, ...args] = line.split(" ") as [string, ArgKind, ...ArgKind[]];
    const last = args.at(-1);
    if (!last?.endsWith("*")) return { name, result, args, rest: undefined };
    return { name, result, args: args.slice(0, -1), rest: last.slice(0, -1) as ArgKind };
  });

/** A function that gives what is asked for. */
export function aFunction(r: Random, wanted: ArgKind): Signature {
  const fitting =
    wanted === "any" || wanted === "scalar"
      ? FUNCTIONS
      : FUNCTIONS.filter(({ result }) => result === wanted || (result === "any" && r.chance(1)));
  return r.pick(fitting.length > 0 ? fitting : FUNCTIONS);
}
