import type { KubeObject } from "@sluice/api";
import type { EventNote } from "./types.ts";

export const at = Date.UTC(2026, 0, 1);
export const thing: KubeObject = {
  apiVersion: "test.sluice.dev/v1",
  kind: "Thing",
  metadata: {
    name: "web",
    namespace: "apps",
    uid: "u1",
    resourceVersion: "7",
    annotations: {
      "event.toolkit.fluxcd.io/cluster": "prod",
      "kubectl.kubernetes.io/last-applied-configuration": "{}",
    },
  },
};
export const note: EventNote = {
  type: "Normal",
  severity: "info",
  reason: "Succeeded",
  message: "stored",
  metadata: { revision: "main@sha1:a" },
};
export const involvedObject = {
  kind: "Thing",
  namespace: "apps",
  name: "web",
  uid: "u1",
  apiVersion: "test.sluice.dev/v1",
  resourceVersion: "7",
};
export const metadata = {
  "test.sluice.dev/revision": "main@sha1:a",
  "event.toolkit.fluxcd.io/cluster": "prod",
};
