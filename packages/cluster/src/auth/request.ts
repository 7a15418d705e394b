import { type ApiError, badRequest, forbidden } from "../errors.ts";
import type { Exchange } from "../http/exchange.ts";
import type { Attributes } from "./rules.ts";
import { ANONYMOUS, AUTHENTICATED, accountGroups, accountOf, UNAUTHENTICATED, type User } from "./user.ts";

/** What a request wants to do. */
export function attributesOf({ path, verb, method, pathname, query }: Exchange): Attributes {
  if (!path?.plural) return { kind: "path", verb: method.toLowerCase(), path: pathname };
  const { group, plural: resource, subresource = "", namespace, name } = path;
  const isNamespace = group === "" && resource === "namespaces";
  return {
    kind: "resource",
    verb,
    group,
    resource,
    subresource,
    namespace: namespace ?? (isNamespace ? (name ?? "") : ""),
    name: name ?? (["list", "watch", "deletecollection"].includes(verb) ? selectedName(query) : ""),
  };
}

/** A list or watch of the one object that its field selector names counts as a request for this object. */
function selectedName(query: URLSearchParams): string {
  for (const term of (query.get("fieldSelector") ?? "").split(",")) {
    const match = /^metadata\.name==?([^=!]+)$/.exec(term);
    if (match) return match[1]!;
  }
  return "";
}

/** Throws the 403 unless `user` may. */
export function requireAllowed({ world }: Exchange, user: User, attributes: Attributes): void {
  const { allowed, reason } = world.auth.authorizer.authorize(user, attributes);
  if (!allowed) throw refusal(user, attributes, reason);
}

function refusal({ username }: User, attributes: Attributes, reason: string): ApiError {
  const because = reason === "" ? "" : `: ${reason}`;
  const who = `User ${JSON.stringify(username)} cannot ${attributes.verb}`;
  if (attributes.kind === "path")
    return forbidden(
      { group: "", resource: "" },
      "",
      `${who} path ${JSON.stringify(attributes.path)}${because}`,
    );
  const { group, resource, subresource, namespace, name } = attributes;
  const what = JSON.stringify(subresource === "" ? resource : `${resource}/${subresource}`);
  const where = namespace === "" ? "at the cluster scope" : `in the namespace ${JSON.stringify(namespace)}`;
  return forbidden(
    { group, resource },
    name,
    `${who} resource ${what} in API group ${JSON.stringify(group)} ${where}${because}`,
  );
}

/**
 * The user whom the impersonation headers name, else the sender. Throws the 403 when the sender may not impersonate that
 * user, one of the groups, the uid or an extra; and the 400 for groups without a user.
 */
export function impersonated(exchange: Exchange): User {
  const { user: sender } = exchange;
  const wanted = wantedUser(exchange.req.rawHeaders);
  if (!wanted) return sender;
  const account = accountOf(wanted.username);
  const ask = (resource: string, name: string, group = "", subresource = "", namespace = "") =>
    ({ kind: "resource", verb: "impersonate", group, resource, subresource, namespace, name }) as const;
  const may = (...asked: Parameters<typeof ask>) => requireAllowed(exchange, sender, ask(...asked));
  const whom = account
    ? ask("serviceaccounts", account.name, "", "", account.namespace)
    : ask("users", wanted.username);
  const { allowed, reason } = exchange.world.auth.authorizer.authorize(sender, whom);
  if (!allowed) {
    // the real server tries the narrower verbs first, which are not served here, and tells of their refusal
    const verb = `impersonate-on:${account ? "serviceaccount" : "user-info"}:`;
    const wish = attributesOf(exchange);
    throw refusal(sender, { ...wish, verb: verb + wish.verb }, reason);
  }
  for (const group of wanted.groups) may("groups", group);
  for (const [key, values] of Object.entries(wanted.extra ?? {}))
    for (const value of values) may("userextras", value, "authentication.k8s.io", key);
  if (wanted.uid) may("uids", wanted.uid, "authentication.k8s.io");
  return { ...wanted, groups: allGroups(wanted, account?.namespace) };
}

/** The named groups, or those that a ServiceAccount has anyway; and whether the user counts as authenticated. */
function allGroups({ username, groups }: User, namespace: string | undefined): string[] {
  const own = groups.length === 0 && namespace !== undefined ? accountGroups(namespace) : [...groups];
  if (username === ANONYMOUS.username) return own.includes(UNAUTHENTICATED) ? own : [...own, UNAUTHENTICATED];
  return own.includes(AUTHENTICATED) || own.includes(UNAUTHENTICATED) ? own : [...own, AUTHENTICATED];
}

const EXTRA = "impersonate-extra-";

/** Reads the headers as they came: Node joins those of one name by commas, which names may contain. */
function wantedUser(rawHeaders: readonly string[]): User | undefined {
  let [username, uid] = ["", ""];
  const groups: string[] = [];
  const extra = new Map<string, string[]>();
  for (let index = 0; index < rawHeaders.length; index += 2) {
    const key = rawHeaders[index]!.toLowerCase();
    if (!key.startsWith("impersonate-")) continue;
    const value = Buffer.from(rawHeaders[index + 1]!, "latin1").toString();
    if (key === "impersonate-user") username ||= value;
    else if (key === "impersonate-uid") uid ||= value;
    else if (key === "impersonate-group") groups.push(value);
    else if (key.startsWith(EXTRA)) {
      const name = unescaped(key.slice(EXTRA.length));
      extra.set(name, [...(extra.get(name) ?? []), value]);
    }
  }
  if (username !== "") {
    const more = extra.size > 0 ? { extra: Object.fromEntries(extra) } : {};
    return { username, ...(uid ? { uid } : {}), groups, ...more };
  }
  if (uid === "" && groups.length === 0 && extra.size === 0) return undefined;
  throw badRequest(`requested ${goUser(uid, groups, extra)} without impersonating a user name`);
}

function unescaped(key: string): string {
  try {
    return decodeURIComponent(key);
  } catch {
    return key;
  }
}

/** A user as Go prints the struct. */
function goUser(
  uid: string,
  groups: readonly string[],
  extra: ReadonlyMap<string, readonly string[]>,
): string {
  const list = (values: readonly string[]) => `{${values.map((value) => JSON.stringify(value)).join(", ")}}`;
  const fields = [...extra].map(([key, values]) => `${JSON.stringify(key)}:[]string${list(values)}`);
  const [some, more] = [
    groups.length > 0 ? list(groups) : "(nil)",
    extra.size > 0 ? `{${fields.join(", ")}}` : "(nil)",
  ];
  return `&user.DefaultInfo{Name:"", UID:${JSON.stringify(uid)}, Groups:[]string${some}, Extra:map[string][]string${more}}`;
}
