import assert from "node:assert/strict";
import { test } from "node:test";
import { testCases } from "../testing/cases.ts";
import { rewriteImage } from "./images.ts";

const rewrites: [string, Parameters<typeof rewriteImage>[1], string][] = [
  ["nginx", { newTag: "2" }, "nginx:2"],
  ["nginx:1@sha256:a", { newTag: "2" }, "nginx:2"],
  ["nginx:1@sha256:a", { newName: "x" }, "x:1@sha256:a"],
  ["host:5000/nginx:1", { newName: "x/y" }, "x/y:1"],
  ["host:5000/nginx", { digest: "sha256:b" }, "host:5000/nginx@sha256:b"],
  ["nginx:1", { newTag: "2", digest: "sha256:b" }, "nginx:2@sha256:b"],
  ["nginx:1@sha256:a", { tagSuffix: "-x" }, "nginx:1-x"],
];
for (const [reference, image, expected] of rewrites) {
  test(`${reference} with ${JSON.stringify(image)} is ${expected}`, () =>
    assert.equal(rewriteImage(reference, image), expected));
}

const pod = (image: string) =>
  `apiVersion: v1\nkind: Pod\nmetadata: {name: a}\nspec: {containers: [{name: c, image: "${image}"}]}\n`;

testCases({
  "rewrites images of that name": [pod("nginx:1"), "images: [{name: nginx, newTag: '2'}]", /image: nginx:2/],
  "leaves longer names alone": [pod("nginx-x:1"), "images: [{name: nginx, newTag: '2'}]", /image: nginx-x:1/],
  "takes names as regular expressions": [
    pod("repo/web:1"),
    "images: [{name: repo/.*, newTag: '2'}]",
    /image: repo\/web:2/,
  ],
  "survives names that are no regular expressions": [
    pod("nginx"),
    "images: [{name: '[', newTag: '2'}]",
    /image: nginx/,
  ],
  "applies entries one after the other": [
    pod("a:1"),
    "images: [{name: a, newName: b}, {name: b, newTag: '2'}]",
    /image: b:2/,
  ],
  "finds containers anywhere in an object": [
    "apiVersion: x/v1\nkind: T\nmetadata: {name: a}\ndeep: [{containers: [{image: nginx}]}]\n",
    "images: [{name: nginx, newTag: '2'}]",
    /image: nginx:2/,
  ],
  "refuses a container that is none": [
    pod("nginx").replace("{name: c", "nginx, {name: c"),
    "images: [{name: nginx, newTag: '2'}]",
    /wrong node kind: expected MappingNode but got ScalarNode/,
  ],
  "refuses an image that is no text": [
    pod("nginx").replace('"nginx"', "{a: b}"),
    "images: [{name: nginx, newTag: '2'}]",
    /wrong node kind: expected ScalarNode but got MappingNode/,
  ],
  "rewrites fields that the configuration names": [
    "apiVersion: x/v1\nkind: T\nmetadata: {name: a}\nspec: {image: nginx}\n",
    "images: [{name: nginx, newTag: '2'}]\nconfigurations: [c.yaml]",
    /image: nginx:2/,
    { "c.yaml": "images:\n- {path: spec/image, kind: T}\n" },
  ],
});
