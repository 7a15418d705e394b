import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { isGitError } from "./errors.ts";
import { parseRemote, redactUrl, submoduleRemote } from "./url.ts";

describe("parseRemote", () => {
  const accepted: Record<string, [string, string, string]> = {
    "takes https": ["https://example.com/a/b.git", "https://example.com/a/b.git", "https://example.com"],
    "keeps a port": ["http://example.com:3000/a", "http://example.com:3000/a", "http://example.com:3000"],
    "takes user and password out of HTTP": [
      "https://u:p@example.com/a",
      "https://example.com/a",
      "https://example.com",
    ],
    "keeps the user of SSH, not a password": ["ssh://me:p@h/a", "ssh://me@h/a", "ssh://h"],
    "defaults the user of SSH": ["ssh://h:2222/a.git", "ssh://git@h:2222/a.git", "ssh://h:2222"],
    "keeps a home directory": ["ssh://git@h/~me/a.git", "ssh://git@h/~me/a.git", "ssh://h"],
    "takes IPv6": ["http://[::1]:80/a", "http://[::1]/a", "http://[::1]"],
  };
  for (const [name, [text, href, origin]] of Object.entries(accepted)) {
    it(name, () => {
      const remote = parseRemote(text);
      assert.deepEqual([remote.href, remote.origin], [href, origin]);
    });
  }

  it("gives the same mirror to a URL with and without a trailing slash or a password, not to another path", () => {
    const key = (url: string) => parseRemote(url).key;
    assert.equal(key("https://h/a"), key("https://u:p@h/a/"));
    assert.notEqual(key("https://h/a"), key("https://h/b"));
    assert.notEqual(key("https://h/a"), key("http://h/a"));
  });

  const refused: Record<string, string> = {
    "an option instead of a URL": "--upload-pack=touch /tmp/x",
    "a host that ssh would take for an option": "ssh://-oProxyCommand=x/a",
    "a user that ssh would take for an option": "ssh://-oProxyCommand=x@h/a",
    "a path that looks like an option": "ssh://h/-x",
    "an encoded dash": "ssh://h/%2Dx",
    "a line break": "https://h/a\nb",
    "an encoded line break": "https://h/a%0ab",
    "a space": "https://h/a b",
    "a local path": "/etc",
    "a file": "file:///etc",
    "a remote helper": "ext::sh -c x",
    "the git protocol": "git://h/a",
    "the short SSH form": "git@github.com:a/b.git",
    "a fragment": "https://h/a#b",
    "no host": "https://",
  };
  for (const [name, text] of Object.entries(refused)) {
    it(`refuses ${name}`, () => {
      assert.throws(
        () => parseRemote(text),
        (error) => isGitError(error) && error.code === "bad-url",
      );
    });
  }

  it("does not repeat a password in its complaint", () => {
    assert.throws(
      () => parseRemote("https://user:hunter2@h/a#b"),
      (error: Error) => !error.message.includes("hunter2") && error.message.includes("https://h/a"),
    );
  });
});

describe("submoduleRemote", () => {
  const rows: [string, string, string][] = [
    ["https://h/org/app.git", "../lib.git", "https://h/org/lib.git"],
    ["https://h/org/app.git", "../../other/lib", "https://h/other/lib"],
    ["https://h/org/app.git/", "./lib", "https://h/org/app.git/lib"],
    ["ssh://git@h:22/org/app", "../lib", "ssh://git@h:22/org/lib"],
    ["https://h/a", "https://else/b", "https://else/b"],
    ["https://h/a", "git@else:org/b.git", "ssh://git@else/org/b.git"],
    ["https://h/a", "else:b", "ssh://git@else/b"],
  ];
  for (const [parent, spelled, expected] of rows) {
    it(`${spelled} in ${parent} is ${expected}`, () => {
      assert.equal(submoduleRemote(parseRemote(parent), spelled).href, expected);
    });
  }
  for (const spelled of ["/etc", "file:///etc", "ext::sh", "-x", "git@-oProxyCommand=x:y"]) {
    it(`refuses ${spelled}`, () => {
      assert.throws(() => submoduleRemote(parseRemote("https://h/a"), spelled), { code: "bad-url" });
    });
  }
});

describe("redactUrl", () => {
  const rows: [string, string][] = [
    ["fatal: 'https://u:p@h/a' and ssh://git@h/b", "fatal: 'https://h/a' and ssh://h/b"],
    ["https://u:p@ss@h/a", "https://h/a"],
    ["https://h/a@b", "https://h/a@b"],
    ["mail ada@example.com", "mail ada@example.com"],
  ];
  for (const [text, expected] of rows) it(text, () => assert.equal(redactUrl(text), expected));
});
