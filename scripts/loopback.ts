/** An environment for tests: their servers are on this machine, which no proxy of the user leads to. */
export function withoutProxyToItself(env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  const direct = [env.NO_PROXY ?? env.no_proxy, "127.0.0.1", "localhost"].filter(Boolean).join(",");
  return { ...env, NO_PROXY: direct, no_proxy: direct };
}
