/** Rows that kustomize itself was asked about: what is rarely written, and what it makes of it. */
import { type Case, testCases } from "./testing/cases.ts";

const thing = (spec: string) =>
  `apiVersion: example.com/v1\nkind: Thing\nmetadata:\n  name: t\nspec:${spec}\n`;
const patched = (spec: string) =>
  `patches:\n- patch: |-\n    {apiVersion: example.com/v1, kind: Thing, metadata: {name: t}, spec: ${spec}}`;
const MERGE = '{"type":"array","x-kubernetes-patch-merge-key":"name","x-kubernetes-patch-strategy":"merge"}';
const config = `apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: c\ndata:\n  k: v\n`;

const SERVICE =
  "apiVersion: v1\nkind: Service\nmetadata:\n  name: s\nspec:\n  ports:\n  - port: 80\n    targetPort: 80\n";
const SERVICE_PATCH =
  "{apiVersion: v1, kind: Service, metadata: {name: s, namespace: a}, spec: {ports: [{port: 80, name: http}]}}";

const texts: Record<string, Case> = {
  "takes the type of the patch where a tag made a string": [
    thing('\n  a: !!str 1\n  b: "1"\n  c: !!str "1"'),
    patched("{a: 2, b: 2, c: 2}"),
    thing('\n  a: 2\n  b: "2"\n  c: 2'),
  ],
  "prints nothing between brackets as an empty text": [
    thing(" {a: , b: [{c}], d: ~}"),
    "",
    thing('\n  a: ""\n  b:\n  - c: ""\n  d: null'),
  ],
  "keeps one empty line more at the end of a folded text": [
    thing("\n  a: >+\n    x\n\n"),
    "",
    /a: \|\+\n {4}x\n\n\n/,
  ],
  "gives a folded text an empty line before deeper lines": [
    thing("\n  a: >\n    x\n      deeper\n    z\n"),
    "",
    /a: \|\n {4}x\n\n {6}deeper\n {4}z\n/,
  ],
  "leaves the lines of a folded text alone where it takes the place of another": [
    thing("\n  a: x"),
    "patches:\n- patch: |-\n    apiVersion: example.com/v1\n    kind: Thing\n    metadata: {name: t}\n    spec:\n      a: >\n        x\n          deeper\n        z\n",
    /a: \|-?\n {4}x\n {6}deeper\n {4}z\n/,
  ],
  "reads a tagged date as a time": [thing("\n  a: !!timestamp 2020-01-01"), "", /a: "2020-01-01T00:00:00Z"/],
  "refuses a byte that is no UTF-8": [
    "",
    "configurations: [bad.yaml]",
    /MalformedYAMLError: yaml: invalid leading UTF-8 octet in File: bad\.yaml/,
    { "bad.yaml": Buffer.from([0x61, 0xff]) },
  ],
  "says where a template was not filled in": [
    thing("\n  a: {{ .b }}"),
    "",
    /MalformedYAMLError: yaml: invalid map key in File: r\.yaml \(r\.yaml:6:7: a mapping key must be a scalar\)/,
  ],
  "gives a List without items metadata": [
    "apiVersion: v1\nkind: List\n",
    "",
    "apiVersion: v1\nkind: List\nmetadata: {}",
  ],
  "drops a List whose items are no list": ["apiVersion: v1\nkind: List\nitems: text\n", "", ""],
  "says what stands in the place of the items of a list": [
    "apiVersion: v1\nkind: ThingList\nitems: text\n",
    "",
    /expected array in ThingList\/items, but found string/,
  ],
};

const patches: Record<string, Case> = {
  "takes two patches for one object from one file": [
    config,
    "patches: [{path: p.yaml}]",
    /data:\n {2}a: b\n {2}c: d\n {2}k: v\n/,
    {
      "p.yaml": `${config.replace("k: v", "a: b")}---\n${config.replace("k: v", "c: d")}`,
    },
  ],
  "leaves an object alone that a patch would replace as a whole": [
    config,
    'patchesStrategicMerge: ["{apiVersion: v1, kind: ConfigMap, metadata: {name: c}, $patch: replace, data: {x: z}}"]',
    "apiVersion: v1\ndata:\n  k: v\nkind: ConfigMap\nmetadata:\n  name: c",
  ],
  "keeps a float that only its tag makes one where a text in quotes stood": [
    thing(' {a: "x", b: "x"}'),
    patched("{a: !!float 3, b: 3}"),
    thing('\n  a: 3\n  b: "3"'),
  ],
  "refuses two objects of one id where a patch with a target comes by": [
    `${config}---\n${config.replace("name: c", "name: d")}`,
    [
      "patches:",
      '- {target: {kind: ConfigMap}, patch: \'[{"op":"replace","path":"/metadata/name","value":"same"}]\'}',
      '- {target: {kind: Thing}, patch: "{apiVersion: v1, kind: Thing, metadata: {name: x}}"}',
    ].join("\n"),
    /may not add resource with an already registered id: ConfigMap.v1.\[noGrp\]\/same/,
  ],
  "finds annotations on a generated object, even where it has none": [
    config,
    [
      "configMapGenerator: [{name: g, literals: [a=b], options: {disableNameSuffixHash: true}}]",
      'patches: [{target: {name: g}, patch: \'[{"op":"add","path":"/metadata/annotations/x","value":"y"}]\'}]',
    ].join("\n"),
    /annotations:\n {4}x: "?y"?\n {2}name: g\n/,
  ],
  "merges a list by the schema in a comment behind its key": [
    thing(`\n  list: # ${MERGE}\n  - {name: x, v: 1}`),
    patched("{list: [{name: x, w: 2}]}"),
    thing("\n  list:\n  - name: x\n    v: 1\n    w: 2"),
  ],
  "merges a list by the schema in a comment above its key": [
    thing(`\n  # ${MERGE}\n  list:\n  - {name: x, v: 1}`),
    patched("{list: [{name: x, w: 2}]}"),
    thing("\n  list:\n  - name: x\n    v: 1\n    w: 2"),
  ],
  "replaces a list whose comment says nothing of merging": [
    'apiVersion: v1\nkind: Pod\nmetadata: {name: p}\nspec:\n  containers: # {"type":"array"}\n  - {name: x, image: i}\n',
    'patches: [{patch: "{apiVersion: v1, kind: Pod, metadata: {name: p}, spec: {containers: [{name: x}]}}"}]',
    /containers:\n {2}- name: x\n$/,
  ],
  "merges lists that are values of a map by a schema of one's own": [
    thing(" {m: {x: [{id: a, p: 1}, {id: b}]}}"),
    `openapi: {path: s.json}\n${patched("{m: {x: [{id: a, q: 1}]}}")}`,
    thing("\n  m:\n    x:\n    - id: a\n      p: 1\n      q: 1\n    - id: b"),
    {
      "s.json": JSON.stringify({
        definitions: {
          Thing: {
            "x-kubernetes-group-version-kind": [{ group: "example.com", version: "v1", kind: "Thing" }],
            properties: {
              spec: {
                properties: {
                  m: {
                    additionalProperties: {
                      type: "array",
                      "x-kubernetes-patch-merge-key": "id",
                      "x-kubernetes-patch-strategy": "merge",
                    },
                  },
                },
              },
            },
          },
        },
      }),
    },
  ],
  "forgets that a generated name needs a hash where a patch takes all annotations away, as kustomize does": [
    config,
    "configMapGenerator: [{name: g, literals: [a=b]}]\npatches: [{patch: '{apiVersion: v1, kind: ConfigMap, metadata: {name: g, annotations: null}}'}]",
    /metadata:\n {2}name: g\n/,
  ],
  "forgets where an object came from where a JSON patch replaces all annotations": [
    config,
    [
      "buildMetadata: [originAnnotations]",
      'patches: [{target: {kind: ConfigMap}, patch: \'[{"op":"add","path":"/metadata/annotations","value":{"a":"b"}}]\'}]',
    ].join("\n"),
    /a: b\n {4}config.kubernetes.io\/origin: \|\n {6}configuredIn: kustomization.yaml\n/,
  ],
  "keeps the built-in schema in force where a base merged by it before another brought its own": [
    "",
    "",
    /- name: http\n {4}port: 80\n {4}targetPort: 80\n/,
    {
      "kustomization.yaml": "resources: [a, b]",
      "a/kustomization.yaml": `resources: [s.yaml]\npatches: [{patch: "${SERVICE_PATCH}"}]`,
      "a/s.yaml": SERVICE.replace("name: s", "name: s\n  namespace: a"),
      "b/kustomization.yaml": `resources: [s.yaml]\nopenapi: {path: o.json}\npatches: [{patch: "${SERVICE_PATCH.replace("namespace: a", "namespace: b")}"}]`,
      "b/s.yaml": SERVICE.replace("name: s", "name: s\n  namespace: b"),
      "b/o.json": '{"definitions": {}}',
    },
  ],
  "says which operation of a JSON patch leaves a list": [
    thing(" {l: [1]}"),
    'patches: [{target: {kind: Thing}, patch: \'[{"op":"add","path":"/spec/l/9","value":1}]\'}]',
    /error in add for path: '\/spec\/l\/9': Unable to access invalid index: 9: invalid index referenced/,
  ],
};

const others: Record<string, Case> = {
  "writes the text of a list, which is none, into a text": [
    thing(" {l: [a], s: text}"),
    "replacements: [{source: {kind: Thing, fieldPath: spec.l}, targets: [{select: {kind: Thing}, fieldPaths: [spec.s]}]}]",
    thing('\n  l:\n  - a\n  s: ""'),
  ],
  "fails with a text in a number's place only when it is still there in the end": [
    config.replace("k: v", "k: 1"),
    [
      "replacements: [{sourceValue: text, targets: [{select: {kind: ConfigMap}, fieldPaths: [data.k]}]}]",
      "patches: []",
    ].join("\n"),
    /cannot decode !!str as a !!int/,
  ],
  "fails with a text in the place of a time": [
    thing("\n  t: 2024-01-02"),
    "replacements: [{sourceValue: text, targets: [{select: {kind: Thing}, fieldPaths: [spec.t]}]}]",
    /cannot decode !!str as a !!timestamp/,
  ],
  "takes a number after a text in a number's place": [
    thing(" {n: 1}"),
    [
      "replacements:",
      "- {sourceValue: text, targets: [{select: {kind: Thing}, fieldPaths: [spec.n]}]}",
      "- {sourceValue: '7', targets: [{select: {kind: Thing}, fieldPaths: [spec.n]}]}",
    ].join("\n"),
    thing('\n  "n": 7'),
  ],
  "replaces what an earlier replacement made, whatever its type": [
    thing(" {}"),
    [
      "replacements:",
      "- {sourceValue: '5', targets: [{select: {kind: Thing}, fieldPaths: [spec.a], options: {create: true}}]}",
      "- {sourceValue: text, targets: [{select: {kind: Thing}, fieldPaths: [spec.a]}]}",
    ].join("\n"),
    thing("\n  a: text"),
  ],
  "keeps a list that a replacement made where vars may stand": [
    thing(" {l: [x]}"),
    [
      "replacements: [{source: {kind: Thing, fieldPath: spec.l}, targets: [{select: {kind: Thing}, fieldPaths: [metadata.labels.l], options: {create: true}}]}]",
      "vars: [{name: V, objref: {apiVersion: example.com/v1, kind: Thing, name: t}}]",
    ].join("\n"),
    /labels:\n {4}l:\n {4}- x\n/,
  ],
  "takes numbers for vars that are spelt in decimal digits, and those by their digits": [
    thing(" {a: 012}"),
    "vars: [{name: V, objref: {apiVersion: example.com/v1, kind: Thing, name: t}, fieldref: {fieldPath: spec.a}}]\nconfigurations: [c.yaml]\ncommonAnnotations: {v: $(V)}",
    /v: "12"\n/,
    { "c.yaml": "varReference: [{path: metadata/annotations, kind: Thing}]" },
  ],
  "takes nulls for vars as they are spelt": [
    thing("\n  a: ~"),
    "vars: [{name: V, objref: {apiVersion: example.com/v1, kind: Thing, name: t}, fieldref: {fieldPath: spec.a}}]\nconfigurations: [c.yaml]\ncommonAnnotations: {v: x$(V)}",
    /v: x~\n/,
    { "c.yaml": "varReference: [{path: metadata/annotations, kind: Thing}]" },
  ],
  "writes a var that is a small fraction in decimal digits where it is the whole text": [
    thing(" {a: 1e-7}"),
    "vars: [{name: V, objref: {apiVersion: example.com/v1, kind: Thing, name: t}, fieldref: {fieldPath: spec.a}}]\nconfigurations: [c.yaml]\ncommonAnnotations: {v: $(V), w: x$(V)}\nnamePrefix: p-",
    /v: "0\.0000001"\n {4}w: x1e-07\n/,
    { "c.yaml": "varReference: [{path: metadata/annotations, kind: Thing}]" },
  ],
  "takes a number for no text where a JSON patch came by a list that a replacement made": [
    "",
    "",
    /invalid value type expect a string/,
    {
      "kustomization.yaml": [
        "resources: [base]",
        'patches: [{target: {kind: Thing}, patch: \'[{"op":"add","path":"/spec/x","value":"$(V)"}]\'}]',
        "vars: [{name: V, objref: {apiVersion: example.com/v1, kind: Thing, name: t}}]",
        "configurations: [c.yaml]",
      ].join("\n"),
      "c.yaml": "varReference: [{path: spec/l, kind: Thing}]",
      "base/r.yaml": thing(" {l: []}"),
      "base/kustomization.yaml": [
        "resources: [r.yaml]",
        "replacements:",
        ...["x", "'5'"].map(
          (value) =>
            `- {sourceValue: ${value}, targets: [{select: {kind: Thing}, fieldPaths: [spec.l.0], options: {create: true}}]}`,
        ),
      ].join("\n"),
    },
  ],
  "finds vars in a folded text of a list": [
    thing("\n  l:\n  - >\n    x $(V)\n      deeper\n    z\n"),
    "vars: [{name: V, objref: {apiVersion: example.com/v1, kind: Thing, name: t}}]\nconfigurations: [c.yaml]",
    thing("\n  l:\n  - |\n    x t\n      deeper\n    z"),
    { "c.yaml": "varReference: [{path: spec/l, kind: Thing}]" },
  ],
  "unfolds texts where vars may stand": [
    thing("\n  a: >\n    x\n      deeper\n    z\n"),
    "vars: [{name: V, objref: {apiVersion: example.com/v1, kind: Thing, name: t}}]\nconfigurations: [c.yaml]",
    /a: \|\n {4}x\n {6}deeper\n {4}z\n/,
    { "c.yaml": "varReference: [{path: spec/a, kind: Thing}]" },
  ],
  "finds no var in a number with a prefix": [
    thing(" {a: 0x1F}"),
    "vars: [{name: V, objref: {apiVersion: example.com/v1, kind: Thing, name: t}, fieldref: {fieldPath: spec.a}}]",
    /field specified in var .* not found in corresponding resource/,
  ],
  "puts a word that YAML 1.1 reads as a boolean in quotes once a patch came by, and what takes its place": [
    thing("\n  a: yes\n  b: no"),
    `${patched("{b: 5}")}\n${patched("{a: 5}").replace("patches:\n", "")}`,
    thing('\n  a: "5"\n  b: 5'),
  ],
  "spells small numbers as Go does where JSON patches make texts of them": [
    `${config}`.replace("name: c", "name: c\n  annotations: {n: 1e-7}"),
    'patches: [{target: {kind: ConfigMap}, patch: \'[{"op":"add","path":"/metadata/annotations/z","value":"1"}]\'}]',
    /"n": "1e-07"/,
  ],
  "stumbles over a name reference of one's own that leads into a text": [
    thing(" {l: [x]}"),
    "configurations: [c.yaml]",
    /updating name reference in 'spec\/l\/name' field of .*expected sequence or mapping node/,
    { "c.yaml": "nameReference: [{kind: ConfigMap, fieldSpecs: [{path: spec/l/name, kind: Thing}]}]" },
  ],
  "ends before copies of copies fill the memory": [
    thing(" {x: [1]}"),
    `patches:\n- target: {kind: Thing}\n  patch: |-\n${"    - {op: copy, from: /spec/x, path: /spec/x/-}\n".repeat(40)}`,
    /copies more than 5,000,000 values/,
  ],
  "ends before a text that is put into itself fills the memory": [
    thing(" {s: xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx}"),
    `replacements:\n${"- {source: {kind: Thing, fieldPath: spec.s}, targets: [{select: {kind: Thing}, fieldPaths: [spec.s], options: {delimiter: '/', index: 99}}]}\n".repeat(40)}`,
    /a text grows beyond 32 MiB/,
  ],
  "refuses an empty field path of a target": [
    thing(" {s: text}"),
    "replacements: [{sourceValue: x, targets: [{select: {kind: Thing}, fieldPaths: ['']}]}]",
    /unable to find field "" in replacement target/,
  ],
  "refuses a replacement without targets": [
    thing(" {s: text}"),
    "replacements: [{sourceValue: x, targets: []}]",
    /replacements must specify a source and at least one target/,
  ],
  "takes what replaces an image that was rewritten for what it looks like, unless in quotes": [
    thing(' {containers: [{name: a, image: nginx}, {name: b, image: "nginx"}]}'),
    [
      "images: [{name: nginx, newTag: '2'}]",
      "replacements: [{sourceValue: 'true', targets: [{select: {kind: Thing}, fieldPaths: [spec.containers.*.image]}]}]",
    ].join("\n"),
    thing('\n  containers:\n  - image: true\n    name: a\n  - image: "true"\n    name: b'),
  ],
  "gives a value that is added its own type, unless quotes make it a text": [
    thing(' {n: 1, b: true, q: "x"}'),
    [
      "transformers:",
      "- |-",
      "  {apiVersion: builtin, kind: ValueAddTransformer, metadata: {name: v}, value: '7',",
      "  targets: [{fieldPath: spec/n}, {fieldPath: spec/b}, {fieldPath: spec/q}]}",
    ].join("\n"),
    thing('\n  b: 7\n  "n": 7\n  q: "7"'),
  ],
  "refuses a CustomResourceDefinition under crds": [
    thing(" {}"),
    "crds: [crd.yaml]",
    /"apiVersion" is no definition; crds takes OpenAPI definitions/,
    { "crd.yaml": "apiVersion: apiextensions.k8s.io/v1\nkind: CustomResourceDefinition" },
  ],
  "says which field specs contradict each other": [
    thing(" {}"),
    "configurations: [c.yaml]",
    /failed to merge CommonLabels fieldSpec: conflicting fieldspecs/,
    { "c.yaml": "commonLabels: [{path: metadata/labels, create: false}]" },
  ],
};

testCases(texts);
testCases(patches);
testCases(others);
