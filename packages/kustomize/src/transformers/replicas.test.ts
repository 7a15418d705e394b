import { testCases } from "../testing/cases.ts";

const deployment = "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: a}\n";

testCases({
  "sets the number of replicas": [deployment, "replicas: [{name: a, count: 3}]", /replicas: 3/],
  "finds objects by their old name": [
    deployment,
    "namePrefix: p-\nreplicas: [{name: a, count: 3}]",
    /replicas: 3/,
  ],
  "refuses a name that nothing has": [
    deployment,
    "replicas: [{name: b, count: 3}]",
    /resource with name b does not match a config with the following GVK \[Deployment/,
  ],
});
