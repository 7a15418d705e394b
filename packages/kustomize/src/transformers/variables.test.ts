import { testCases } from "../testing/cases.ts";

const objects = `apiVersion: v1
kind: Service
metadata: {name: s}
spec: {ports: [{port: 80}]}
---
apiVersion: v1
kind: Pod
metadata: {name: p, annotations: {a: $(NAME)}}
spec: {containers: [{name: c, args: [--host=$(NAME), $(PORT), $$(NAME), $(OTHER)]}]}
`;
const vars = (more = "") => `vars:
- {name: NAME, objref: {kind: Service, name: s, apiVersion: v1}}
- {name: PORT, objref: {kind: Service, name: s, apiVersion: v1}, fieldref: {fieldPath: "spec.ports[0].port"}}
${more}`;

testCases({
  "puts the final name in": [objects, vars("namePrefix: n-"), /- --host=n-s/],
  "keeps the type where a text is one variable": [objects, vars(), /- 80$/m],
  "takes $$ for $": [objects, vars(), /- \$\(NAME\)/],
  "leaves variables it does not know": [objects, vars(), /- \$\(OTHER\)/],
  "refuses a field that is missing": [
    objects,
    "vars: [{name: X, objref: {kind: Service, name: s, apiVersion: v1}, fieldref: {fieldPath: spec.none}}]",
    /field specified in var .*X.* not found/,
  ],
  "refuses an object that is missing": [
    objects,
    "vars: [{name: X, objref: {kind: Service, name: none, apiVersion: v1}}]",
    /cannot be mapped to a field in the set of known resources/,
  ],
  "refuses a name that is given twice": [
    objects,
    vars("- {name: NAME, objref: {kind: Pod, name: p, apiVersion: v1}}"),
    /var 'NAME' already encountered/,
  ],
});
