import type { Step } from "./session.ts";

const configMap = (name: string, data: Record<string, string>, metadata = {}) => ({
  apiVersion: "v1",
  kind: "ConfigMap",
  metadata: { name, ...metadata },
  data,
});
const web = (replicas = 2, image = "registry.example/web:1") => ({
  apiVersion: "apps/v1",
  kind: "Deployment",
  metadata: { name: "web", labels: { app: "web" } },
  spec: {
    replicas,
    selector: { matchLabels: { app: "web" } },
    template: {
      metadata: { labels: { app: "web" } },
      spec: {
        containers: [
          { name: "web", image, ports: [{ containerPort: 8080 }], env: [{ name: "MODE", value: "a" }] },
          { name: "side", image: "registry.example/side:1" },
        ],
      },
    },
  },
});
const definition = {
  apiVersion: "apiextensions.k8s.io/v1",
  kind: "CustomResourceDefinition",
  metadata: { name: "shops.demo.example" },
  spec: {
    group: "demo.example",
    scope: "Namespaced",
    names: { kind: "Shop", plural: "shops", singular: "shop", shortNames: ["shp"], categories: ["all"] },
    versions: [
      {
        name: "v1",
        served: true,
        storage: true,
        subresources: {
          status: {},
          scale: { specReplicasPath: ".spec.tills", statusReplicasPath: ".status.tills" },
        },
        additionalPrinterColumns: [
          { name: "Tills", type: "integer", jsonPath: ".spec.tills", description: "How many tills" },
          { name: "Owner", type: "string", jsonPath: ".spec.owner.name", priority: 1 },
        ],
        schema: {
          openAPIV3Schema: {
            type: "object",
            description: "Shop sells things.",
            required: ["spec"],
            properties: {
              spec: {
                type: "object",
                description: "What the shop shall be.",
                required: ["tills"],
                properties: {
                  tills: { type: "integer", minimum: 1, description: "How many tills it has." },
                  colour: { type: "string", enum: ["red", "blue"], default: "red" },
                  owner: { type: "object", properties: { name: { type: "string" } } },
                },
              },
              status: { type: "object", properties: { tills: { type: "integer" } } },
            },
          },
        },
      },
    ],
  },
};
const shop = (spec: object) => ({
  apiVersion: "demo.example/v1",
  kind: "Shop",
  metadata: { name: "corner" },
  spec,
});

const undescribed = "the embedded cluster knows the fields of built-in kinds, not their descriptions";
const serverSide = "apply --server-side -f -";
const apply = "apply -f -";

const applying: Step[] = [
  { it: "a namespace is made", run: "create namespace demo", says: /namespace\/demo created/ },
  { it: "the default ServiceAccount appears", run: "wait --for=create serviceaccount/default --timeout=20s" },
  {
    it: "server-side apply makes",
    run: serverSide,
    input: configMap("a", { x: "1" }),
    says: /serverside-applied/,
  },
  { it: "server-side apply changes", run: serverSide, input: configMap("a", { x: "2" }) },
  {
    it: "a kind that is not defined",
    run: apply,
    input: shop({ tills: 1 }),
    code: 1,
    says: /no matches for kind "Shop" in version "demo.example\/v1"\nensure CRDs are installed first/,
  },
  {
    it: "another manager conflicts",
    run: "apply --server-side --field-manager=other -f -",
    input: configMap("a", { x: "3" }),
    code: 1,
    says: /conflict with "kubectl": \.data\.x/,
  },
  {
    it: "another manager may force",
    run: "apply --server-side --field-manager=other --force-conflicts -f -",
    input: configMap("a", { x: "3" }),
  },
  {
    it: "the field is the other's alone now",
    run: "get configmap a --show-managed-fields -o jsonpath={range.metadata.managedFields[*]}{.manager}/{.operation}{end}",
    says: /^other\/Apply$/,
  },
  { it: "client-side apply makes", run: apply, input: configMap("b", { p: "1", q: "2" }), says: /b created/ },
  {
    it: "a second apply changes nothing",
    run: apply,
    input: configMap("b", { p: "1", q: "2" }),
    says: /unchanged/,
  },
  {
    it: "a foreign field stays",
    run: ["patch", "configmap", "b", "--type=merge", "-p", '{"data":{"z":"9"}}'],
  },
  { it: "a field left out goes", run: apply, input: configMap("b", { p: "1" }), says: /b configured/ },
  {
    it: "p and the foreign z are left",
    run: "get configmap b -o jsonpath={.data}",
    says: /^{"p":"1","z":"9"}$/,
  },
  {
    it: "dry run of the server writes nothing",
    run: "apply --dry-run=server -f -",
    input: configMap("dry", {}),
    says: /\(server dry run\)/,
  },
  { it: "it was not written", run: "get configmap dry", code: 1, says: /configmaps "dry" not found/ },
  {
    it: "an unknown field is an error",
    run: apply,
    input: { ...configMap("odd", {}), dat: {} },
    code: 1,
    says: /unknown field/,
  },
  {
    it: "an invalid object is an error",
    run: apply,
    input: configMap("Upper", {}),
    code: 1,
    says: /is invalid/,
  },
  { it: "no difference is exit code 0", run: "diff -f -", input: configMap("b", { p: "1" }) },
  {
    it: "a difference is exit code 1",
    run: "diff -f -",
    input: configMap("b", { p: "2" }),
    code: 1,
    says: /\+ {2}p: "2"/,
  },
  {
    it: "a new object is a difference",
    run: "diff -f -",
    input: configMap("new", { p: "2" }),
    code: 1,
    says: /\+kind: ConfigMap/,
  },
  {
    it: "server-side diff",
    run: "diff --server-side --force-conflicts -f -",
    input: configMap("a", { x: "4" }),
    code: 1,
    says: /\+ {2}x: "4"/,
  },
  { it: "replace", run: "replace -f -", input: configMap("b", { r: "1" }), says: /b replaced/ },
  {
    it: "replace of what is absent",
    run: "replace -f -",
    input: configMap("none", {}),
    code: 1,
    says: /not found/,
  },
  {
    it: "prune by label",
    run: "apply --prune -l keep=yes --prune-allowlist=core/v1/ConfigMap -f -",
    input: configMap("kept", {}, { labels: { keep: "yes" } }),
  },
  {
    it: "what is not applied any more goes",
    run: "apply --prune -l keep=yes --prune-allowlist=core/v1/ConfigMap -f -",
    input: configMap("kept2", {}, { labels: { keep: "yes" } }),
    says: /configmap\/kept pruned/,
  },
];

const workloads: Step[] = [
  { it: "a Deployment is applied", run: apply, input: web(), says: /deployment.apps\/web created/ },
  {
    it: "its rollout ends",
    run: "rollout status deployment/web --timeout=40s",
    says: /successfully rolled out/,
    differs: "how many pods are ready at a time is chance",
  },
  {
    it: "it is available",
    run: "wait --for=condition=Available deployment/web --timeout=20s",
    says: /condition met/,
  },
  {
    it: "it is waited for by a field",
    run: "wait --for=jsonpath={.status.readyReplicas}=2 deployment/web --timeout=20s",
    says: /condition met/,
  },
  { it: "pods are listed", run: "get pods -l app=web", says: /2\/2 +Running +0/ },
  { it: "wide", run: "get pods -o wide", says: /NOMINATED NODE/, differs: "nodes have other names" },
  { it: "Deployments wide", run: "get deployments -o wide", says: /web,side/ },
  { it: "ReplicaSets", run: "get replicasets", says: /DESIRED/ },
  {
    it: "JSON patch",
    run: [
      "patch",
      "deployment",
      "web",
      "--type=json",
      "-p",
      '[{"op":"replace","path":"/metadata/labels/app","value":"w"}]',
    ],
  },
  {
    it: "a JSON patch that does not fit",
    run: [
      "patch",
      "deployment",
      "web",
      "--type=json",
      "-p",
      '[{"op":"test","path":"/spec/replicas","value":7}]',
    ],
    code: 1,
  },
  {
    it: "merge patch",
    run: ["patch", "deployment", "web", "--type=merge", "-p", '{"metadata":{"labels":{"tier":"front"}}}'],
  },
  {
    it: "strategic patch keeps the other container",
    run: [
      "patch",
      "deployment",
      "web",
      "-p",
      '{"spec":{"template":{"spec":{"containers":[{"name":"side","image":"registry.example/side:2"}]}}}}',
    ],
  },
  {
    it: "a patch that changes nothing",
    // A workload's controller may write its status in between, and kubectl would call that a change.
    run: [
      "patch",
      "namespace",
      "default",
      "-p",
      '{"metadata":{"labels":{"kubernetes.io/metadata.name":"default"}}}',
    ],
    says: /\(no change\)/,
  },
  {
    it: "both images",
    run: "get deployment web -o jsonpath={.spec.template.spec.containers[*].image}",
    says: /web:1 registry.example\/side:2/,
  },
  { it: "set image", run: "set image deployment/web web=registry.example/web:2", says: /image updated/ },
  {
    it: "its rollout ends as well",
    run: "rollout status deployment/web --timeout=40s",
    says: /successfully rolled out/,
    differs: "how many pods are ready at a time is chance",
  },
  { it: "history", run: "rollout history deployment/web", says: /3 +<none>/ },
  { it: "history of a revision", run: "rollout history deployment/web --revision=1", says: /web:1/ },
  { it: "undo", run: "rollout undo deployment/web", says: /rolled back/ },
  {
    it: "the image is back",
    run: "get deployment web -o jsonpath={.spec.template.spec.containers[0].image}",
    says: /web:1/,
  },
  { it: "restart", run: "rollout restart deployment/web", says: /restarted/ },
  { it: "pause", run: "rollout pause deployment/web", says: /paused/ },
  { it: "resume", run: "rollout resume deployment/web", says: /resumed/ },
  {
    it: "the last rollout ends",
    run: "rollout status deployment/web --timeout=40s",
    says: /successfully rolled out/,
    differs: "how many pods are ready at a time is chance",
  },
  { it: "scale", run: "scale deployment/web --replicas=3", says: /scaled/ },
  {
    it: "scale when it is something else",
    run: "scale deployment/web --replicas=1 --current-replicas=5",
    code: 1,
    says: /Expected replicas to be 5, was 3/,
  },
  {
    it: "three are ready",
    run: "wait --for=jsonpath={.status.readyReplicas}=3 deployment/web --timeout=20s",
  },
  {
    it: "describe a Deployment",
    run: "describe deployment web",
    says: /StrategyType: +RollingUpdate/,
    differs: "events are told in the order of the second that they came in",
  },
  {
    it: "describe a pod",
    run: "describe pod -l app=web",
    says: /Controlled By: +ReplicaSet\/web-/,
    differs: "each kubelet is simulated in its own way",
  },
  {
    it: "logs",
    run: "logs deployment/web -c web",
    differs: "the real cluster has no kubelet that serves logs",
    code: 0,
  },
  {
    it: "events",
    run: "events --for deployment/web",
    says: /ScalingReplicaSet +Deployment\/web +Scaled up replica set web-/,
    differs: "events are told with the time that has gone by",
  },
];

const looking: Step[] = [
  { it: "yaml", run: "get configmap a -o yaml", says: /x: "3"/ },
  { it: "json", run: "get configmap a -o json", says: /"x": "3"/ },
  { it: "name", run: "get configmap,deployment -o name", says: /deployment.apps\/web/ },
  {
    it: "custom columns",
    run: "get deployment -o custom-columns=NAME:.metadata.name,WANT:.spec.replicas",
    says: /web +3/,
  },
  { it: "sorted", run: "get configmap --sort-by=.metadata.name -o name", says: /kube-root-ca/ },
  { it: "labels", run: "get deployment --show-labels", says: /app=w,tier=front/ },
  {
    it: "a field selector",
    run: "get configmap --field-selector=metadata.name=a -o name",
    says: /^configmap\/a\n$/,
  },
  { it: "what there is not", run: "get configmap nothing", code: 1, says: /Error from server \(NotFound\)/ },
  {
    it: "an unknown kind",
    run: "get nonsense",
    code: 1,
    says: /the server doesn't have a resource type "nonsense"/,
  },
  { it: "an empty list", run: "get cronjobs", says: /No resources found in demo namespace/ },
  {
    it: "a path",
    run: "get --raw /apis/apps/v1/namespaces/demo/deployments/web/scale",
    says: /"replicas":3/,
  },
  {
    it: "a watch sees a change",
    run: "get configmap a --watch -o jsonpath={.data.x};",
    meanwhile: { once: /^3;/, run: 'patch configmap a --type=merge -p {"data":{"x":"seen"}}' },
    says: /^3;seen;/,
  },
  {
    it: "a watch tells the kind of change",
    run: "get configmap --watch --output-watch-events --field-selector=metadata.name=b",
    meanwhile: { once: /ADDED +b/, run: "delete configmap b" },
    says: /DELETED +b/,
  },
  { it: "label", run: "label configmap a colour=red", says: /labeled/ },
  { it: "label once more", run: "label configmap a colour=blue", code: 1, says: /already has a value/ },
  { it: "label away", run: "label configmap a colour-", says: /unlabeled/ },
  { it: "annotate", run: "annotate configmap a note=hello", says: /annotated/ },
  { it: "describe a ConfigMap", run: "describe configmap a", says: /note: hello/ },
  {
    it: "explain a built-in",
    run: "explain deployment.spec.strategy",
    says: /rollingUpdate/,
    differs: undescribed,
  },
  {
    it: "explain all of a built-in",
    run: "explain configmap --recursive",
    says: /binaryData/,
    differs: undescribed,
  },
  {
    it: "explain by OpenAPI v2",
    run: "explain configmap --output plaintext-openapiv2",
    says: /binaryData\s+<map\[string\]string>/,
    differs: undescribed,
  },
  {
    it: "explain a field that is not there",
    run: "explain deployment.spec.nope",
    code: 1,
    says: /field "nope" does not exist/,
  },
  {
    it: "what there is",
    run: "api-resources --sort-by=name --namespaced=true --api-group=apps",
    says: /statefulsets/,
  },
  {
    it: "the verbs of it",
    run: "api-resources -o wide --api-group=rbac.authorization.k8s.io --sort-by=name",
    says: /clusterroles/,
  },
  {
    it: "versions",
    run: "api-versions",
    says: /apps\/v1/,
    differs: "the embedded cluster serves fewer groups",
  },
  { it: "version", run: "version", says: /Server Version: v1\.36/ },
  { it: "cluster-info", run: "cluster-info", says: /Kubernetes control plane/ },
  { it: "readiness", run: "get --raw /readyz", says: /^ok$/ },
];

const making: Step[] = [
  { it: "create configmap", run: "create configmap made --from-literal=k=v", says: /made created/ },
  { it: "create it again", run: "create configmap made --from-literal=k=v", code: 1, says: /already exists/ },
  { it: "create secret", run: "create secret generic hush --from-literal=pw=s3cret" },
  { it: "describe secret shows no value", run: "describe secret hush", says: /pw: +6 bytes/ },
  { it: "create deployment", run: "create deployment shopfront --image=registry.example/x:1 --replicas=0" },
  { it: "create service", run: "create service clusterip shopfront --tcp=80:8080" },
  { it: "create job", run: "create job once --image=registry.example/once:1" },
  {
    it: "the job is there",
    run: "get job once -o jsonpath={.spec.completions}/{.spec.backoffLimit}",
    says: /^1\/6$/,
  },
  { it: "create quota", run: "create quota few --hard=configmaps=100" },
  { it: "create serviceaccount", run: "create serviceaccount robot" },
  { it: "create token", run: "create token robot --duration=10m", says: /^eyJ/ },
  {
    it: "create token of what is absent",
    run: "create token nobody",
    code: 1,
    says: /serviceaccounts "nobody" not found/,
  },
  { it: "create role", run: "create role reader --verb=get,list --resource=configmaps" },
  { it: "create rolebinding", run: "create rolebinding readers --role=reader --serviceaccount=demo:robot" },
];

const robot = "--as=system:serviceaccount:demo:robot";
const authority: Step[] = [
  {
    it: "whoami",
    run: "auth whoami",
    says: /kubernetes-admin|system:admin|admin/,
    differs: "the administrators have different names",
  },
  {
    it: "whoami as another",
    run: `auth whoami ${robot} -o jsonpath={.status.userInfo.username}`,
    says: /^system:serviceaccount:demo:robot$/,
  },
  { it: "the administrator may", run: ["auth", "can-i", "*", "*"], says: /^yes$/m },
  { it: "the robot may read", run: `auth can-i get configmaps ${robot}`, says: /^yes$/m },
  { it: "the robot may not write", run: `auth can-i create configmaps ${robot}`, code: 1, says: /^no/m },
  { it: "what the robot may", run: `auth can-i --list ${robot}`, says: /configmaps/, unordered: true },
  { it: "the robot reads", run: `get configmap made -o name ${robot}`, says: /configmap\/made/ },
  {
    it: "the robot does not delete",
    run: `delete configmap made ${robot}`,
    code: 1,
    says: /User "system:serviceaccount:demo:robot" cannot delete resource "configmaps"/,
  },
  { it: "nobody reads", run: "get secrets --as=nobody", code: 1, says: /Error from server \(Forbidden\)/ },
  { it: "a group may", run: "auth can-i delete nodes --as=x --as-group=system:masters", says: /^yes$/m },
];

const custom: Step[] = [
  { it: "a definition is applied", run: serverSide, input: definition, says: /serverside-applied/ },
  { it: "it is established", run: "wait --for=condition=Established crd/shops.demo.example --timeout=20s" },
  {
    it: "an object of it",
    run: apply,
    input: shop({ tills: 2, owner: { name: "Ada" } }),
    says: /shop.demo.example\/corner created/,
  },
  { it: "its columns", run: "get shops", says: /corner +2/ },
  { it: "its wide columns, by short name", run: "get shp -o wide", says: /Ada/ },
  { it: "its default", run: "get shop corner -o jsonpath={.spec.colour}", says: /^red$/ },
  {
    it: "a value out of range",
    run: apply,
    input: shop({ tills: 0 }),
    code: 1,
    says: /should be greater than or equal to 1/,
  },
  {
    it: "a value not listed",
    run: apply,
    input: shop({ tills: 1, colour: "green" }),
    code: 1,
    says: /Unsupported value: "green"/,
  },
  {
    it: "an unknown field",
    run: apply,
    input: shop({ tills: 1, size: 4 }),
    code: 1,
    says: /unknown field "spec.size"/,
  },
  { it: "scale", run: "scale shop/corner --replicas=5", says: /scaled/ },
  { it: "describe", run: "describe shop corner", says: /Tills: +5/ },
  { it: "explain", run: "explain shop.spec", says: /How many tills it has/ },
  { it: "explain all", run: "explain shop --recursive", says: /colour/ },
  {
    it: "a patch of its status",
    run: ["patch", "shop", "corner", "--subresource=status", "--type=merge", "-p", '{"status":{"tills":5}}'],
  },
  {
    it: "wait for its status",
    run: "wait --for=jsonpath={.status.tills}=5 shop/corner --timeout=10s",
    says: /condition met/,
  },
  { it: "describe the definition", run: "describe crd shops.demo.example", says: /Short Names/ },
  { it: "the definition goes with its objects", run: "delete crd shops.demo.example", says: /deleted/ },
  { it: "the kind is gone", run: "wait --for=delete crd/shops.demo.example --timeout=20s" },
];

const deleting: Step[] = [
  {
    it: "orphan: pods stay",
    run: "delete replicaset -l app=web --cascade=orphan --wait=false",
    says: /deleted/,
    unordered: true,
  },
  {
    it: "the Deployment takes over again",
    run: "wait --for=condition=Available deployment/web --timeout=30s",
  },
  { it: "foreground", run: "delete deployment web --cascade=foreground --timeout=40s", says: /deleted/ },
  {
    it: "after foreground no ReplicaSet is left",
    run: "get replicasets -l app=web",
    says: /No resources found/,
  },
  { it: "background", run: "delete deployment shopfront --cascade=background", says: /deleted/ },
  { it: "its ReplicaSet goes as well", run: "wait --for=delete replicaset -l app=shopfront --timeout=30s" },
  { it: "delete what is absent", run: "delete configmap nothing", code: 1, says: /not found/ },
  { it: "delete what is absent, politely", run: "delete configmap nothing --ignore-not-found" },
  { it: "delete with a dry run", run: "delete configmap made --dry-run=server", says: /\(server dry run\)/ },
  { it: "delete several", run: "delete configmap made kept2 a", says: /"kept2" deleted/ },
  {
    it: "a namespace goes with all that is in it",
    run: "delete namespace demo --timeout=50s",
    says: /deleted/,
  },
  { it: "it is gone", run: "get namespace demo", code: 1, says: /namespaces "demo" not found/ },
];

/** A session from the first namespace to its deletion; every step builds on those before. */
export const session: Record<string, Step[]> = {
  "applying, comparing, replacing": applying,
  workloads: workloads,
  looking: looking,
  making: making,
  authority: authority,
  "custom resources": custom,
  deleting: deleting,
};
