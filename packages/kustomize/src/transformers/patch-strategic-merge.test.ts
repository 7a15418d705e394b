import { testCases } from "../testing/cases.ts";

const pod = "apiVersion: v1\nkind: Pod\nmetadata: {name: a}\n";
const patch = "apiVersion: v1\nkind: Pod\nmetadata: {name: a}\nspec: {x: 1}\n";

testCases({
  "reads patches from files": [pod, "patchesStrategicMerge: [p.yaml]", /x: 1/, { "p.yaml": patch }],
  "takes patches inline": [pod, `patchesStrategicMerge:\n- |-\n  ${patch.replaceAll("\n", "\n  ")}`, /x: 1/],
  "refuses a file that holds none": [
    pod,
    "patchesStrategicMerge: [p.yaml]",
    /patch appears to be empty; files=\[p\.yaml\]/,
    { "p.yaml": "# nothing\n" },
  ],
  "suggests the file that was meant": [
    pod,
    "patchesStrategicMerge: [patch.yaml]",
    /'patch\.yaml' : lstat patch\.yaml: no such file or directory/,
  ],
});
