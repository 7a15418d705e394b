import {
  deployment,
  get,
  merge,
  paths,
  pod,
  post,
  quiet,
  type Scenarios,
  table,
} from "../scenario.fixture.ts";

const { core, apps, of } = paths;

/** Tables of kinds, with what their columns make of a status. */
export const tables: Scenarios = {
  "tables of what has a status": [
    quiet(post(apps("deployments"), deployment("d", { replicas: 3 }))),
    quiet(
      merge(`${apps("deployments", "d")}/status`, {
        status: { replicas: 3, readyReplicas: 2, updatedReplicas: 1, availableReplicas: 2 },
      }),
    ),
    get(apps("deployments", "d"), table),
    quiet(
      post(apps("statefulsets"), {
        ...deployment("s", { serviceName: "s", replicas: 2 }),
        kind: "StatefulSet",
      }),
    ),
    quiet(merge(`${apps("statefulsets", "s")}/status`, { status: { replicas: 2, readyReplicas: 1 } })),
    get(apps("statefulsets", "s"), table),
    quiet(
      post(
        core("pods"),
        pod("p", {
          containers: [
            { name: "a", image: "a" },
            { name: "b", image: "b" },
          ],
          readinessGates: [{ conditionType: "x" }],
        }),
      ),
    ),
    quiet(
      merge(`${core("pods", "p")}/status`, {
        status: {
          phase: "Running",
          podIP: "192.0.2.1",
          containerStatuses: [
            {
              name: "a",
              ready: true,
              restartCount: 2,
              image: "a",
              imageID: "",
              state: { running: { startedAt: "2024-01-01T00:00:00Z" } },
            },
            {
              name: "b",
              ready: false,
              restartCount: 0,
              image: "b",
              imageID: "",
              state: { waiting: { reason: "CrashLoopBackOff" } },
            },
          ],
        },
      }),
    ),
    get(core("pods", "p"), table),
    quiet(
      merge(`${core("pods", "p")}/status`, {
        status: { phase: "Failed", reason: "Evicted", containerStatuses: [] },
      }),
    ),
    get(core("pods", "p"), table),
    quiet(
      post(of("batch/v1", "jobs"), {
        metadata: { name: "j" },
        spec: {
          completions: 3,
          template: { spec: { restartPolicy: "Never", containers: [{ name: "c", image: "i" }] } },
        },
      }),
    ),
    get(of("batch/v1", "jobs", "j"), { ...table, pick: ({ rows }) => rows[0].cells.slice(0, 7) }),
    quiet(
      post(core("persistentvolumeclaims"), {
        metadata: { name: "c" },
        spec: {
          accessModes: ["ReadWriteOnce"],
          volumeName: "v",
          resources: { requests: { storage: "1Gi" } },
        },
      }),
    ),
    quiet(
      merge(`${core("persistentvolumeclaims", "c")}/status`, {
        status: {
          phase: "Bound",
          capacity: { storage: "1Gi" },
          accessModes: ["ReadWriteOnce", "ReadOnlyMany"],
        },
      }),
    ),
    get(core("persistentvolumeclaims", "c"), table),
    quiet(
      post(core("events"), {
        metadata: { name: "e" },
        involvedObject: { namespace: "{ns}", kind: "Pod", name: "p" },
        reason: "R",
        message: " M\n",
        type: "Normal",
        source: { component: "c", host: "h" },
        count: 3,
      }),
    ),
    get(core("events", "e"), table),
    get(of("events.k8s.io/v1", "events"), table),
    get("/apis/apiextensions.k8s.io/v1/customresourcedefinitions?labelSelector=none", table),
    get("/api/v1/componentstatuses?labelSelector=none", {
      ...table,
      pick: ({ columnDefinitions }) => columnDefinitions,
    }),
    get("/apis/certificates.k8s.io/v1/certificatesigningrequests", {
      ...table,
      pick: ({ columnDefinitions }) => columnDefinitions,
    }),
    get("/apis/storage.k8s.io/v1/volumeattachments", {
      ...table,
      pick: ({ columnDefinitions }) => columnDefinitions,
    }),
    get("/apis/storage.k8s.io/v1/csinodes", { ...table, pick: ({ columnDefinitions }) => columnDefinitions }),
    get(of("storage.k8s.io/v1", "csistoragecapacities"), table),
    get("/apis/storage.k8s.io/v1/volumeattributesclasses", table),
    get("/apis/networking.k8s.io/v1/servicecidrs", {
      ...table,
      pick: ({ columnDefinitions }) => columnDefinitions,
    }),
    get("/apis/networking.k8s.io/v1/ipaddresses", {
      ...table,
      pick: ({ columnDefinitions }) => columnDefinitions,
    }),
    get("/apis/resource.k8s.io/v1/deviceclasses", table),
    get(of("resource.k8s.io/v1", "resourceclaims"), table),
    get("/apis/resource.k8s.io/v1/resourceslices", table),
    get("/apis/admissionregistration.k8s.io/v1/mutatingadmissionpolicies", table),
    get("/apis/admissionregistration.k8s.io/v1/mutatingadmissionpolicybindings", table),
    get("/apis/apiregistration.k8s.io/v1/apiservices/v1.apps", {
      ...table,
      pick: ({ columnDefinitions, rows }) => [columnDefinitions, rows[0].cells.slice(0, 3)],
    }),
  ],
};
