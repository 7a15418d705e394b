import { testCases } from "../testing/cases.ts";

const deployment = `apiVersion: apps/v1
kind: Deployment
metadata: {name: a, labels: {app: a}}
spec:
  replicas: 1
  template:
    spec:
      containers:
      - {name: one, image: x, ports: [{containerPort: 80, protocol: TCP}]}
      - {name: two, image: w}
`;
const config = 'apiVersion: v1\nkind: ConfigMap\nmetadata: {name: c}\ndata: {quoted: "1", plain: text}\n';
const merge = (body: string, more = "") =>
  `patches:\n- patch: |-\n    apiVersion: apps/v1\n    kind: Deployment\n    metadata: {name: a}\n    ${body}\n${more}`;
const containers = (items: string) => merge(`spec: {template: {spec: {containers: [${items}]}}}`);

testCases({
  "merges maps and replaces scalars": [deployment, merge("spec: {replicas: 2}"), /replicas: 2/],
  "deletes by null": [deployment, merge("spec: {replicas: null}"), /^spec:\n {2}template:/m],
  "merges lists by the keys of the schema, new items first": [
    deployment,
    containers("{name: zero, image: z}, {name: two, image: new}"),
    /image: z\n {8}name: zero\n[\s\S]*image: new\n {8}name: two\n[\s\S]*name: one/,
  ],
  "deletes an item by directive": [
    deployment,
    containers("{name: one, $patch: delete}"),
    /containers:\n {6}- image: w\n {8}name: two\n*$/,
  ],
  "replaces a list by directive": [
    deployment,
    containers("{$patch: replace}, {name: only, image: o}"),
    /containers:\n {6}- image: o\n {8}name: only\n*$/,
  ],
  "deletes an object by directive": [
    `${deployment}---\n${config}`,
    merge("$patch: delete"),
    /^apiVersion: v1[^-]*$/,
  ],
  "refuses an unknown directive": [deployment, merge("$patch: drop"), /unknown patch strategy 'drop'/],
  "replaces lists of kinds it does not know": [
    "apiVersion: x/v1\nkind: T\nmetadata: {name: a}\nlist: [{name: one}, {name: two}]\n",
    "patches: [{target: {kind: T}, patch: '{apiVersion: x/v1, kind: T, metadata: {name: a}, list: [{name: three}]}'}]",
    /list:\n- name: three\nmetadata/,
  ],
  "keeps what is in quotes a string": [
    config,
    "patches: [{patch: '{apiVersion: v1, kind: ConfigMap, metadata: {name: c}, data: {quoted: 2, plain: 2}}'}]",
    /plain: 2\n {2}quoted: "2"/,
  ],
  "takes the first of a key that is given twice": [
    config,
    "patches: [{patch: '{apiVersion: v1, kind: ConfigMap, metadata: {name: c, name: d}, data: {plain: a, plain: b}, data: {more: c}}'}]",
    /data:\n {2}plain: a\n {2}quoted: "1"\nkind: ConfigMap\nmetadata:\n {2}name: c\n/,
  ],
  "does not read what follows the first document of a JSON patch": [
    config,
    'patches: [{target: {kind: ConfigMap}, patch: "- {op: remove, path: /data/plain}\\n---\\na: [\\n"}]',
    /data:\n {2}quoted: "1"\nkind/,
  ],
  "takes the first document of a JSON patch": [
    config,
    'patches: [{target: {kind: ConfigMap}, patch: "- {op: remove, path: /data/plain}\\n---\\na: b\\n"}]',
    /data:\n {2}quoted: "1"\nkind/,
  ],
  "keeps the name unless it may change": [
    deployment,
    "patches: [{target: {kind: Deployment}, patch: '{apiVersion: x, kind: Any, metadata: {name: other}, spec: {replicas: 9}}'}]",
    /kind: Deployment[\s\S]*name: a\nspec:\n {2}replicas: 9/,
  ],
  "changes the name if it may": [
    deployment,
    "patches:\n- target: {kind: Deployment}\n  options: {allowNameChange: true}\n  patch: '{apiVersion: x, kind: Any, metadata: {name: other}}'",
    /name: other/,
  ],
  "selects by regular expression": [
    deployment,
    'patches: [{target: {name: \'a|b\'}, patch: \'[{"op": "add", "path": "/spec/x", "value": 1}]\'}]',
    /x: 1/,
  ],
  "selects by label": [
    `${deployment}---\n${config}`,
    'patches: [{target: {labelSelector: \'app in (a, b)\'}, patch: \'[{"op": "add", "path": "/x", "value": 1}]\'}]',
    /x: 1\n---/,
  ],
  "adds annotations where there are none": [
    config,
    'patches: [{target: {kind: ConfigMap}, patch: \'[{"op": "add", "path": "/metadata/annotations/note", "value": "v"}]\'}]',
    /annotations:\n {4}note: v/,
  ],
  "says where a JSON patch fails": [
    config,
    'patches: [{target: {kind: ConfigMap}, patch: \'[{"op": "remove", "path": "/data/none"}]\'}]',
    /kustomization\.yaml: patches\[0\]: r\.yaml:1: JSON patch .*ConfigMap\.v1\.\[noGrp\]\/c\.\[noNs\]: .*nonexistent key: none/,
  ],
  "says what there is where no object matches": [
    deployment,
    "patches: [{patch: '{apiVersion: v1, kind: Service, metadata: {name: a}}'}]",
    /no matches for Id Service\.v1.*\(there is Deployment\.v1\.apps\/a\.\[noNs\]\)/,
  ],
  "refuses what is neither kind of patch": [
    deployment,
    "patches: [{patch: nonsense}]",
    /unable to parse SM or JSON patch/,
  ],
  "does not show a patch that may hold secrets": [
    "apiVersion: v1\nkind: Secret\nmetadata: {name: a}\ndata: {k: {v: 1}}\n",
    "patches: [{patch: '{apiVersion: v1, kind: Secret, metadata: {name: a}, data: {k: hunter2}}'}, {patch: '[{\"op\": hunter2}]'}]",
    /^(?![\s\S]*hunter2)/,
  ],
  "refuses a JSON patch without target": [
    deployment,
    'patches: [{patch: \'[{"op": "remove", "path": "/spec"}]\'}]',
    /must specify a target/,
  ],
  "refuses a kind of node that does not fit": [
    deployment,
    merge("spec: {template: text}"),
    /expected MappingNode but got ScalarNode at spec\.template/,
  ],
});
