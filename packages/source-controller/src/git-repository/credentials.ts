import type { GitRepository, KubeObject } from "@sluice/api";
import type { Credentials } from "@sluice/git";
import { failed } from "@sluice/runtime";

/** Reads a Secret of the object's own namespace; undefined when it is not there. */
export type ReadSecret = (
  namespace: string,
  name: string,
  signal: AbortSignal,
) => Promise<KubeObject | undefined>;

/**
 * The credentials of `repo`, from `spec.secretRef` and `spec.proxySecretRef`. Keys are those of Flux:
 * username, password, bearerToken, ca.crt, tls.crt, tls.key, identity, known_hosts (and the older caFile, certFile, keyFile).
 * Throws a Problem with reason AuthenticationFailed when a Secret is missing or makes no sense for the URL.
 */
export async function credentialsOf(
  repo: GitRepository,
  readSecret: ReadSecret,
  signal: AbortSignal,
): Promise<Credentials> {
  const { secretRef, proxySecretRef, url } = repo.spec;
  const read = async (name: string) => {
    const namespace = repo.metadata.namespace!;
    const secret = await readSecret(namespace, name, signal);
    if (secret === undefined)
      throw failed(
        "AuthenticationFailed",
        `failed to get secret '${namespace}/${name}': secret not found; create it in the namespace of the GitRepository`,
      );
    return contentOf(secret);
  };
  const credentials =
    secretRef === undefined ? {} : fromSecret(await read(secretRef.name), secretRef.name, url);
  if (proxySecretRef === undefined) return credentials;
  const proxy = await read(proxySecretRef.name);
  if (!proxy.address)
    throw failed(
      "AuthenticationFailed",
      `invalid proxy secret '${proxySecretRef.name}': key 'address' is missing`,
    );
  return {
    ...credentials,
    proxy: { address: proxy.address, username: proxy.username, password: proxy.password },
  };
}

function fromSecret(data: Record<string, string>, name: string, url: string): Credentials {
  if (url.startsWith("ssh://")) {
    for (const key of ["identity", "known_hosts"])
      if (!data[key])
        throw failed(
          "AuthenticationFailed",
          `invalid secret '${name}' for an SSH URL: key '${key}' is missing`,
        );
    return { identity: data.identity, identityPassword: data.password, knownHosts: data.known_hosts };
  }
  if (Boolean(data.username) !== Boolean(data.password))
    throw failed("AuthenticationFailed", `invalid secret '${name}': 'username' and 'password' go together`);
  const clientCert = data["tls.crt"] ?? data.certFile;
  const clientKey = data["tls.key"] ?? data.keyFile;
  if (Boolean(clientCert) !== Boolean(clientKey))
    throw failed("AuthenticationFailed", `invalid secret '${name}': 'tls.crt' and 'tls.key' go together`);
  return {
    username: data.username,
    password: data.password,
    bearerToken: data.bearerToken,
    caCert: data["ca.crt"] ?? data.caFile,
    clientCert,
    clientKey,
  };
}

/** The entries of a Secret, decoded. */
export function contentOf(secret: KubeObject): Record<string, string> {
  const data = (secret.data ?? {}) as Record<string, string>;
  return Object.fromEntries(
    Object.entries(data).map(([key, value]) => [key, Buffer.from(value, "base64").toString("utf8")]),
  );
}
