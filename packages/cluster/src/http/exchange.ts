import type { IncomingMessage, ServerResponse } from "node:http";
import type { User } from "../auth/user.ts";
import type { World } from "../world.ts";
import type { ApiPath } from "./path.ts";

/** One request on its way: what was asked, and where the answer goes. */
export type Exchange = {
  world: World;
  req: IncomingMessage;
  res: ServerResponse;
  method: string;
  /** the server as the client calls it: HOST:PORT */
  host: string;
  pathname: string;
  query: URLSearchParams;
  path: ApiPath | undefined;
  verb: string;
  /** who is authorised: the user that impersonation headers name, else the sender */
  user: User;
  /** ends with the connection or the server */
  signal: AbortSignal;
};
