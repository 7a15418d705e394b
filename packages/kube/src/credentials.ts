import { KubeConfig } from "@kubernetes/client-node";

/** What a request needs to be let in. */
export type Credentials = {
  headers: Record<string, string | string[]>;
  tls: {
    ca?: Buffer;
    cert?: Buffer | string;
    key?: Buffer | string;
    rejectUnauthorized?: boolean;
    servername?: string;
  };
};

export type CredentialSource = {
  get(): Promise<Credentials>;
  /** Forgets what plugins and files gave: the server did not take it. False when that cannot help. */
  renew(): boolean;
};

/** How long credentials are reused; tokens and certificates on disk rotate, and plugins keep their own expiry. */
const reuseMs = 10_000;
const renewEveryMs = 5_000;

/** Credentials of the current context, asked of client-node at most every ten seconds, one question at a time. */
export function credentialsOf(config: KubeConfig, now: () => number): CredentialSource {
  let source = config;
  let held: { until: number; credentials: Promise<Credentials> } | undefined;
  let renewed = Number.NEGATIVE_INFINITY;
  return {
    get() {
      if (held && now() < held.until) return held.credentials;
      const credentials = ask(source);
      const asked = { until: now() + reuseMs, credentials };
      held = asked;
      credentials.catch(() => {
        if (held === asked) held = undefined;
      });
      return credentials;
    },
    renew() {
      const user = config.getCurrentUser();
      if (!(user?.exec || user?.authProvider) || now() - renewed < renewEveryMs) return false;
      renewed = now();
      held = undefined;
      // Authenticators keep tokens until they expire; a copy starts without.
      source = new KubeConfig();
      source.loadFromOptions({ ...config, currentContext: config.getCurrentContext() });
      return true;
    },
  };
}

type HttpsOptions = Credentials["tls"] & { headers?: Record<string, string> };
/** Private in the declarations; the public `applyToHTTPSOptions` refuses http servers and makes an agent of its own. */
type Applier = { applyOptions(options: HttpsOptions): Promise<void> };

async function ask(config: KubeConfig): Promise<Credentials> {
  const options: HttpsOptions = {};
  try {
    await (config as unknown as Applier).applyOptions(options);
  } catch (thrown) {
    const user = config.getCurrentUser();
    const command = (user?.exec as { command?: string } | undefined)?.command;
    const what = command
      ? `the exec plugin ${command} of the kubeconfig failed`
      : "credentials cannot be read";
    throw new Error(`${what}: ${(thrown as Error).message.trim().slice(0, 500)}`, { cause: thrown });
  }
  const { headers = {}, ...tls } = options;
  const { username, password } = config.getCurrentUser() ?? {};
  const basic: Record<string, string> = username
    ? { authorization: `Basic ${Buffer.from(`${username}:${password ?? ""}`).toString("base64")}` }
    : {};
  return { headers: { ...basic, ...tidy(headers) }, tls };
}

/** Token files end with a line feed, which no header may hold; lower case, so that callers can override a header. */
const tidy = (headers: Record<string, string>) =>
  Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value.trim()]));
