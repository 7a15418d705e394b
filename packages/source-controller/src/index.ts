export { gitRepository } from "./git-repository/reconcile.ts";
export { registrations, type Storage } from "./registrations.ts";
