import { connect } from "node:tls";

/** An API server, and the administrator's way in. */
export type Target = { url: string; ca: string; token: string };

export type Answer = { status: number; bytes: number; text: string };

/**
 * One connection that is kept, for one request at a time. It reads answers only as far as it takes to find their end, so that
 * what is measured is the server: Node's own client would spend as much time on a request as the server does.
 */
export type Wire = {
  /** @throws when the status is not 2xx, or the connection breaks */
  ask(method: string, path: string, body?: string, type?: string): Promise<Answer>;
  /** Begins a watch, for which the connection is used up; `onEvent` hears of each event. Resolves when it has begun. */
  watch(path: string, onEvent: () => void): Promise<void>;
  close(): void;
};

/** How much of an answer's text is kept: enough for an error and for the metadata of a list. */
const KEPT = 4096;
const HEAD_END = Buffer.from("\r\n\r\n");
const EVENT_END = Buffer.from("}\n");

/** Resolves when the connection stands. */
export async function openWire({ url, ca, token }: Target): Promise<Wire> {
  const { hostname, port, host } = new URL(url);
  const socket = connect({ host: hostname, port: Number(port), ca, ALPNProtocols: ["http/1.1"] });
  socket.setNoDelay(true);
  await new Promise<void>((resolve, reject) => socket.once("secureConnect", resolve).once("error", reject));
  let hear: (chunk: Buffer) => void = () => {};
  let fail: (thrown: Error) => void = () => {};
  socket.on("data", (chunk: Buffer) => hear(chunk));
  socket.on("error", (thrown) => fail(thrown));
  socket.on("close", () => fail(new Error("the server closed the connection")));
  const send = (method: string, path: string, rest: string) =>
    socket.write(
      `${method} ${path} HTTP/1.1\r\nHost: ${host}\r\nAuthorization: Bearer ${token}\r\nAccept: application/json\r\nUser-Agent: bench\r\n${rest}`,
    );
  return {
    async ask(method, path, body = "", type = "application/json") {
      const answer = await new Promise<Answer>((resolve, reject) => {
        hear = reader(resolve);
        fail = reject;
        const length = Buffer.byteLength(body);
        const typed = length > 0 ? `Content-Type: ${type}\r\n` : "";
        send(method, path, `${typed}Content-Length: ${length}\r\n\r\n${body}`);
      });
      if (answer.status < 300) return answer;
      throw new Error(`${method} ${path}: ${answer.status} ${answer.text}`);
    },
    watch: (path, onEvent) =>
      new Promise((resolve, reject) => {
        hear = (chunk) => {
          resolve();
          for (let at = chunk.indexOf(EVENT_END); at >= 0; at = chunk.indexOf(EVENT_END, at + 1)) onEvent();
        };
        fail = reject;
        send("GET", path, "\r\n");
      }),
    close: () => void socket.destroy(),
  };
}

/** Takes the pieces of one answer until it is whole. */
function reader(done: (answer: Answer) => void): (chunk: Buffer) => void {
  let head: Buffer | undefined = Buffer.alloc(0);
  let isWhole: (piece: Buffer) => boolean;
  const answer: Answer = { status: 0, bytes: 0, text: "" };
  const keep = (part: Buffer) => {
    if (answer.bytes < KEPT) answer.text += part.toString("utf8", 0, KEPT - answer.bytes);
    answer.bytes += part.length;
  };
  return (chunk) => {
    let piece = chunk;
    if (head !== undefined) {
      head = Buffer.concat([head, chunk]);
      const end = head.indexOf(HEAD_END);
      if (end < 0) return;
      const text = head.toString("latin1", 0, end);
      answer.status = Number(text.slice(9, 12));
      const length = /\r\ncontent-length: *(\d+)/i.exec(text)?.[1];
      isWhole = length === undefined ? chunked(keep) : counted(keep, Number(length));
      piece = head.subarray(end + HEAD_END.length);
      head = undefined;
    }
    if (isWhole(piece)) done(answer);
  };
}

/** Takes a body of known length; true when its end was seen. */
function counted(keep: (part: Buffer) => void, length: number): (piece: Buffer) => boolean {
  let left = length;
  return (piece) => {
    keep(piece);
    left -= piece.length;
    return left <= 0;
  };
}

/** Takes a chunked body apart; true when its end was seen. */
function chunked(keep: (part: Buffer) => void): (piece: Buffer) => boolean {
  let line = "";
  let left = 0; // of the chunk, with the line end behind it
  let last = false;
  return (piece) => {
    for (let at = 0; at < piece.length; ) {
      if (left > 0) {
        const part = piece.subarray(at, at + left);
        keep(part.subarray(0, Math.max(left - 2, 0)));
        at += part.length;
        left -= part.length;
        continue;
      }
      line += String.fromCharCode(piece[at++]!);
      if (!line.endsWith("\r\n")) continue;
      if (last) return true;
      const size = Number.parseInt(line, 16);
      last = size === 0;
      left = last ? 0 : size + 2;
      line = "";
    }
    return false;
  };
}
