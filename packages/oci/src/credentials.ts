import { ociError } from "./errors.ts";
import { isObject, parseJson } from "./json.ts";

/**
 * What a registry is shown:
 * - `basic`: a user name and a password, to the registry or to its token server
 * - `identity-token`: exchanged at the token server for a token of the repository; what `docker login` keeps of some registries
 * - `bearer`: a token for the registry itself
 */
export type Credentials =
  | { kind: "basic"; username: string; password: string }
  | { kind: "identity-token"; token: string }
  | { kind: "bearer"; token: string };

/** The credentials for a registry (`host[:port]`), asked for when it wants some; undefined is anonymous. */
export type CredentialsFor = (registry: string) => Credentials | undefined;

type Entry = {
  auth?: unknown;
  username?: unknown;
  password?: unknown;
  identitytoken?: unknown;
  registrytoken?: unknown;
};

/** Where Docker Hub is, and the key that its credentials have had since its first version. */
const hub = {
  hosts: ["docker.io", "index.docker.io", "registry-1.docker.io"],
  key: "https://index.docker.io/v1/",
};

/**
 * Reads the configuration of `docker login`, of `helm registry login` or of a Secret of type kubernetes.io/dockerconfigjson.
 * Programs that it leaves credentials to (credHelpers, credsStore) are not run: a registry whose credentials are theirs is refused
 * when it asks for some. A credsStore has those of the registries that `auths` lists without content.
 * @param file how the configuration is called in errors
 * @throws {OciError} `bad-credentials`, here or when a registry is asked for; what stands in the configuration is not told
 */
export function readDockerConfig(text: string, file: string): CredentialsFor {
  const bad = (what: string) => ociError("bad-credentials", `${file}: ${what}; log in to the registry anew`);
  const config = text.trim() === "" ? {} : parseJson(text);
  if (config === undefined) throw bad("not JSON");
  const section = (name: string): Record<string, unknown> => {
    const found = isObject(config) ? (config[name] ?? {}) : undefined;
    if (!isObject(found)) throw bad(`not a configuration of Docker (${name})`);
    return found;
  };
  const [auths, helpers] = [section("auths"), section("credHelpers")];
  const store = isObject(config) && config["credsStore"];
  return (registry) => {
    const keys = hub.hosts.includes(registry) ? [hub.key, ...hub.hosts] : [registry];
    const helper = keys.map((key) => own(helpers, key)).find((found) => found !== undefined);
    if (helper !== undefined) throw leftTo(String(helper), registry, file);
    const entry =
      keys.map((key) => own(auths, key)).find((found) => found !== undefined) ?? byHost(auths, keys);
    if (entry === undefined) return undefined;
    if (!isObject(entry)) throw bad(`the entry of ${registry} is no object`);
    const credentials = credentialsOf(entry);
    if (credentials === "unreadable") throw bad(`the entry of ${registry} cannot be read`);
    if (!credentials && typeof store === "string" && store !== "") throw leftTo(store, registry, file);
    return credentials;
  };
}

const leftTo = (program: string, registry: string, file: string) =>
  ociError(
    "bad-credentials",
    `${file}: the credentials for ${registry} are left to docker-credential-${program}, and programs are not run; give a user name and a password instead`,
  );

function credentialsOf({
  auth,
  username,
  password,
  identitytoken,
  registrytoken,
}: Entry): Credentials | "unreadable" | undefined {
  const given = [auth, username, password, identitytoken, registrytoken];
  if (given.some((each) => each !== undefined && each !== null && typeof each !== "string"))
    return "unreadable";
  if (registrytoken) return { kind: "bearer", token: registrytoken as string };
  if (identitytoken) return { kind: "identity-token", token: identitytoken as string };
  if (auth) {
    // Docker has written zeros behind passwords.
    const [, name, secret] =
      /^([^:]+):(.*?)\0*$/s.exec(Buffer.from(auth as string, "base64").toString()) ?? [];
    if (name === undefined) return "unreadable";
    return { kind: "basic", username: name, password: secret ?? "" };
  }
  if (!username && !password) return undefined;
  return { kind: "basic", username: (username ?? "") as string, password: (password ?? "") as string };
}

/** Old configurations have addresses for keys: `https://example.com/v1/`. */
function byHost(auths: Readonly<Record<string, unknown>>, hosts: readonly string[]): unknown {
  const key = Object.keys(auths).find((each) =>
    hosts.includes(each.replace(/^https?:\/\//, "").split("/")[0]!),
  );
  return key === undefined ? undefined : auths[key];
}

const own = (map: Readonly<Record<string, unknown>>, key: string): unknown =>
  Object.hasOwn(map, key) ? (map[key] ?? undefined) : undefined;
