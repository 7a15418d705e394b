/** What a path under /api or /apis asks for. `plural` is absent for the discovery documents. */
export type ApiPath = {
  group: string;
  version?: string;
  namespace?: string;
  plural?: string;
  name?: string;
  subresource?: string;
  /** what follows the subresource: `proxy/metrics` */
  rest?: string;
  /** the old way to ask for a watch: `/api/v1/watch/namespaces/x/pods` */
  watch?: true;
};

/** Takes a path apart; undefined when it is not one of the API's. Throws a URIError for bad percent-encoding. */
export function parsePath(pathname: string): ApiPath | undefined {
  const parts = pathname
    // an empty namespace is all of them
    .replace(/\/namespaces\/\/(?=[^/])/, "/")
    .split("/")
    .filter((part) => part !== "")
    .map(decodeURIComponent);
  if (parts[0] === "api") return resourcePath("", parts[1], parts.slice(2));
  if (parts[0] === "apis" && parts.length > 1) return resourcePath(parts[1]!, parts[2], parts.slice(3));
  return undefined;
}

function resourcePath(group: string, version: string | undefined, parts: string[]): ApiPath {
  if (version === undefined) return { group };
  if (parts[0] === "watch" && parts.length > 1)
    return { ...resourcePath(group, version, parts.slice(1)), watch: true };
  const [first, second, ...others] = parts;
  // `namespaces/x/status` and `namespaces/x/finalize` are parts of the namespace, anything else lies inside it
  const inside = first === "namespaces" && second !== undefined && others.length > 0;
  if (inside && !(group === "" && ["status", "finalize"].includes(others[0]!) && others.length === 1))
    return { group, version, namespace: second, ...item(others) };
  return { group, version, ...item(parts) };
}

function item([plural, name, subresource, ...rest]: string[]): Partial<ApiPath> {
  return {
    ...(plural === undefined ? {} : { plural }),
    ...(name === undefined ? {} : { name }),
    ...(subresource === undefined ? {} : { subresource }),
    ...(rest.length > 0 ? { rest: rest.join("/") } : {}),
  };
}

/** The verb that authorization and metrics know a request by. */
export function verbOf(method: string, path: ApiPath, watch: boolean): string {
  switch (method) {
    case "GET":
    case "HEAD":
      if (path.watch) return "watch";
      if (path.name !== undefined) return "get";
      return watch ? "watch" : "list";
    case "POST":
      return "create";
    case "PUT":
      return "update";
    case "PATCH":
      return "patch";
    case "DELETE":
      return path.name === undefined ? "deletecollection" : "delete";
    default:
      return method.toLowerCase();
  }
}
