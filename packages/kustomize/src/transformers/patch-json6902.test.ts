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
  ...Object.fromEntries(
    (
      [
        [
          "add",
          '"path": "/spec/list/9"',
          "error in add for path: '/spec/list/9': Unable to access invalid index: 9",
        ],
        [
          "add",
          '"path": "/spec/list/x"',
          "error in add for path: '/spec/list/x': value was not a proper array index: 'x': strconv.Atoi: parsing \"x\": invalid syntax",
        ],
        [
          "remove",
          '"path": "/spec/list/x"',
          "error in remove for path: '/spec/list/x': strconv.Atoi: parsing",
        ],
        [
          "test",
          '"path": "/spec/list/2"',
          "error in test for path: '/spec/list/2': Unable to access invalid index: 2",
        ],
        [
          "copy",
          '"from": "/spec/list/2", "path": "/spec/c"',
          "error in copy for from: '/spec/list/2': Unable to access",
        ],
        [
          "copy",
          '"from": "/kind", "path": "/spec/list/9"',
          "error while adding value during copy: Unable to access invalid index: 9",
        ],
        [
          "move",
          '"from": "/spec/list/2", "path": "/spec/c"',
          "error in move for path: '2': Unable to access",
        ],
        [
          "move",
          '"from": "/kind", "path": "/spec/list/9"',
          "error in move for path: '/spec/list/9': Unable to access",
        ],
        [
          "move",
          '"from": "/none", "path": "/spec/c"',
          "error in move for path: 'none': Unable to remove nonexistent key",
        ],
        ["add", '"x": 1', "add operation failed to decode path: missing value"],
        ["test", '"x": 1', "failed to decode path: operation missing path field: missing value"],
        ["copy", '"path": "/x"', "failed to decode from: operation, missing from field: missing value"],
      ] as const
    ).map(([op, where, expected]): [string, Case] => [
      `says where a ${op} of ${where.replaceAll('"', "")} fails`,
      [pod, patches(`[{"op": "${op}", ${where}, "value": 1}]`), new RegExp(expected)],
    ]),
  ),
  "wants a name in the target": [
    pod,
    "patchesJson6902: [{target: {kind: Pod}, patch: '[]'}]",
    /must specify the target name/,
  ],
});
