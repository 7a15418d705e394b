import assert from "node:assert/strict";
import { test } from "node:test";
import { latest, parseConstraint } from "./constraint.ts";
import { compareVersions, formatVersion, isStrictVersion, parseVersion, tryParseVersion } from "./semver.ts";

// Text, in full, strict by semver.org.
const accepted: [string, string, boolean][] = [
  ["1.2.3", "1.2.3", true],
  ["v1.2.3", "1.2.3", false],
  ["1.2", "1.2.0", false],
  ["1", "1.0.0", false],
  ["v1", "1.0.0", false],
  ["01.2.3", "1.2.3", false],
  ["1.2.3-rc.1+build.5", "1.2.3-rc.1+build.5", true],
  ["1.2-rc.1", "1.2.0-rc.1", false],
  ["20261121093000.0.1", "20261121093000.0.1", true],
  ["18446744073709551615.0.0", "18446744073709551615.0.0", true],
];

for (const [text, full, strict] of accepted) {
  test(`${text} is ${full}, ${strict ? "strict" : "lenient"}`, () => {
    assert.equal(formatVersion(parseVersion(text)), full);
    assert.equal(isStrictVersion(text), strict);
  });
}

for (const text of [
  "",
  "v",
  "V1.2.3",
  "1.2.3.4",
  "1.2.3-01",
  "1.2.3-",
  "1.2.x",
  "latest",
  " 1.2.3",
  "18446744073709551616.0.0",
]) {
  test(`"${text}" is not a version`, () => {
    assert.equal(tryParseVersion(text), undefined);
    assert.throws(() => parseVersion(text), /is not a semantic version/);
    assert.equal(isStrictVersion(text), false);
  });
}

test("versions in order", () => {
  const ascending = [
    "1.0.0-1",
    "1.0.0-2",
    "1.0.0-10",
    "1.0.0-alpha",
    "1.0.0-alpha.1",
    "1.0.0-rc",
    "1.0.0",
    "1.0.1",
    "1.10.0",
    "2",
  ];
  for (const [index, text] of ascending.slice(1).entries()) {
    assert.ok(
      compareVersions(parseVersion(ascending[index]!), parseVersion(text)) < 0,
      `${ascending[index]} < ${text}`,
    );
    assert.ok(
      compareVersions(parseVersion(text), parseVersion(ascending[index]!)) > 0,
      `${text} > ${ascending[index]}`,
    );
  }
  assert.equal(compareVersions(parseVersion("v1.2+a"), parseVersion("1.2.0+b")), 0);
});

// Range, versions in it, versions outside of it.
const ranges: [string, string[], string[]][] = [
  [">=1.0, <2.0", ["1.0.0", "1.9.9", "v1.5"], ["0.9.9", "2.0.0", "1.5.0-rc.1"]],
  [">=1.0 <2.0", ["1.5.0"], ["2.0.0"]],
  ["=> 1.0 , =< 2.0", ["1.0.0", "2.0.0", "2.0.9"], ["2.1.0"]],
  ["!=1.2.4", ["1.2.3", "2.0.0"], ["1.2.4"]],
  ["!=1.2.x", ["1.3.0"], ["1.2.0", "1.2.9"]],
  ["1.2.3", ["1.2.3", "1.2.3+meta"], ["1.2.4"]],
  ["1.2", ["1.2.0", "1.2.9"], ["1.3.0"]],
  ["~1.2.3", ["1.2.3", "1.2.9"], ["1.2.2", "1.3.0"]],
  ["~1", ["1.0.0", "1.9.0"], ["2.0.0"]],
  ["~>2.0", ["2.0.5"], ["2.1.0"]],
  ["^1.2.3", ["1.2.3", "1.9.0"], ["1.2.2", "2.0.0"]],
  ["^0.2.3", ["0.2.3", "0.2.9"], ["0.3.0"]],
  ["^0.0.3", ["0.0.3"], ["0.0.4"]],
  ["^0", ["0.0.1", "0.9.0"], ["1.0.0"]],
  ["1.2 - 1.4.5", ["1.2.0", "1.4.5"], ["1.4.6"]],
  ["<1.0 || >=2.0", ["0.9.0", "2.0.0"], ["1.5.0"]],
  ["*", ["0.0.1", "9.9.9"], ["1.0.0-rc.1"]],
  [">11", ["12.0.0"], ["11.1.0", "11.0.0"]],
  [">11.1", ["11.2.0"], ["11.1.9"]],
  ["<=11", ["11.9.9"], ["12.0.0"]],
  [">=1.2.0-0", ["1.2.0-rc.1", "1.3.0-beta.1", "1.2.0"], ["1.1.9"]],
  [">=1.0.0-0 <2.0 || >=3.0", ["1.5.0-rc.1", "3.1.0"], ["3.1.0-rc.1", "2.5.0"]],
];

for (const [range, inside, outside] of ranges) {
  test(`${range} has ${inside} and not ${outside}`, () => {
    const { test: holds } = parseConstraint(range);
    assert.deepEqual(
      inside.filter((version) => !holds(version)),
      [],
    );
    assert.deepEqual(outside.filter(holds), []);
  });
}

for (const text of [
  "",
  " ",
  ",",
  "||",
  ">=1.0,",
  ",>=1.0",
  ">=1.0,,<2",
  "==1.0",
  "1.2.3.4",
  "latest",
  ">= 1.2 || x.y",
  "1 && 2",
]) {
  test(`"${text}" is not a range`, () =>
    assert.throws(() => parseConstraint(text), /is not a range of versions/));
}

test("a hostile range is refused without trying every way to read it", () => {
  assert.throws(() => parseConstraint(`${"1    ".repeat(150)}!`), /is not a range/);
  assert.throws(() => parseConstraint(`1${" ".repeat(1000)}!`), /is not a range/);
  assert.throws(() => parseConstraint("1 ".repeat(1000)), /is not a range/);
});

test("the latest in a range, as it was written; what is no version is passed over", () => {
  const tags = ["latest", "v1.2.0", "1.10.0", "1.9.0", "2.0.0-rc.1", "main"];
  assert.equal(latest(tags, "^1.0"), "1.10.0");
  assert.equal(latest(tags, ">=1.0.0-0"), "2.0.0-rc.1");
  assert.equal(latest(tags, "1.2"), "v1.2.0");
  assert.equal(latest(tags, ">3"), undefined);
  assert.equal(latest(["1.0.0+a", "1.0.0+b"], "*"), "1.0.0+a");
});
