export { type Authority, type Certificate, createAuthority } from "@sluice/x509";
export * from "./clock.ts";
export * from "./eventually.ts";
export { type GitServer, type GitServerOptions, type GitStats, startGitServer } from "./git/http.ts";
export {
  type CommitOptions,
  type FileContent,
  type Files,
  openRepos,
  type Repos,
  type TagOptions,
} from "./git/repos.ts";
export { createSshKey, type SshGitServer, type SshKeyPair, startSshGitServer } from "./git/ssh.ts";
export { bodyOf, type Fault, listen, type TlsOptions } from "./listen.ts";
export * from "./objects.ts";
export type { Blob, PushedManifest } from "./registry/content.ts";
export type { RegistryAuth } from "./registry/gate.ts";
export {
  type RegistryRequest,
  type RegistryServer,
  type RegistryServerOptions,
  startRegistry,
} from "./registry/server.ts";
export * from "./servers.ts";
