export { createRegistryClient, type Pulled, type RegistryClient, type RegistryOptions } from "./client.ts";
export { type Credentials, type CredentialsFor, readDockerConfig } from "./credentials.ts";
export type { Descriptor } from "./digest.ts";
export { isOciError, type OciError, type OciErrorCode } from "./errors.ts";
export type { TlsOptions } from "./exchange.ts";
export type { Manifest } from "./manifest.ts";
export { formatReference, parseReference, type Reference, type Repository } from "./reference.ts";
