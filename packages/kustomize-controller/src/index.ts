export { kustomization } from "./kustomization/reconcile.ts";
export { registrations, type Surroundings } from "./registrations.ts";
