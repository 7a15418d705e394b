import { type Case, testCases } from "../testing/cases.ts";

const pod = "apiVersion: v1\nkind: Pod\nmetadata: {name: a}\nspec: {list: [a, b]}\n";
const patches = (operations: string) =>
  `patchesJson6902:\n- target: {version: v1, kind: Pod, name: a}\n  patch: '${operations}'`;

testCases({
  "adds to the end of a list": [
    pod,
    patches('[{"op": "add", "path": "/spec/list/-", "value": "c"}]'),
    /- a\n {2}- b\n {2}- c/,
  ],
  "adds at an index": [pod, patches('[{"op": "add", "path": "/spec/list/0", "value": "c"}]'), /- c\n {2}- a/],
  "counts negative indexes from the end": [
    pod,
    patches('[{"op": "remove", "path": "/spec/list/-1"}]'),
    /list:\n {2}- a\n*$/,
  ],
  "adds a key by replace": [pod, patches('[{"op": "replace", "path": "/spec/new", "value": 1}]'), /new: 1/],
  "moves and copies": [
    pod,
    patches(
      '[{"op": "move", "from": "/spec/list", "path": "/spec/moved"}, {"op": "copy", "from": "/kind", "path": "/spec/k"}]',
    ),
    /k: Pod\n {2}moved:/,
  ],
  "unescapes keys": [pod, patches('[{"op": "add", "path": "/spec/a~1b~0c", "value": 1}]'), /a\/b~c: 1/],
  "tests values": [
    pod,
    patches('[{"op": "test", "path": "/kind", "value": "Job"}]'),
    /testing value \/kind failed/,
  ],
  ...Object.fromEntries(
    (
      [
        ["JSON by its text", "1", '[{"op": "test", "path": "/v", "value": 1.0}]', "testing value /v failed"],
        ["JSON whose text is Go's", "1.0", '[{"op": "test", "path": "/v", "value": 1}]', "v: 1\n"],
        [
          "what JSON added by its text",
          "1",
          '[{"op": "add", "path": "/v", "value": [1.0]}, {"op": "test", "path": "/v", "value": [1]}]',
          "testing value /v failed",
        ],
        ["strings of JSON by their escapes", '"<"', '[{"op": "test", "path": "/v", "value": "<"}]', "failed"],
        ["YAML by its values", "1", "- {op: test, path: /v, value: 1.0}", "v: 1\n"],
        ["large numbers", "1e6", "- {op: test, path: /v, value: 1000000}", "v: 1000000\n"],
        ["zeros with their sign", "0", "- {op: test, path: /v, value: -0.0}", "testing value /v failed"],
      ] as const
    ).map(([what, value, operations, expected]): [string, Case] => [
      `tests ${what}`,
      [`${pod}v: ${value}\n`, patches(operations), new RegExp(expected)],
    ]),
  ),
  "refuses an unknown operation": [
    pod,
    patches('[{"op": "drop", "path": "/spec"}]'),
    /Unexpected kind: drop; JSON patches know/,
  ],
  "refuses an index beyond the end": [
    pod,
    patches('[{"op": "add", "path": "/spec/list/9", "value": 1}]'),
    /invalid index: 9/,
  ],
  "wants a name in the target": [
    pod,
    "patchesJson6902: [{target: {kind: Pod}, patch: '[]'}]",
    /must specify the target name/,
  ],
});
