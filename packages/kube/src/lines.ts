/**
 * Cuts a stream of bytes into lines (without their line feed); a rest without a line feed is dropped, since it is
 * an event that the connection lost in its middle.
 * @param longest bound of one line, in bytes
 * @throws {Error} when a line is longer than `longest`
 */
export async function* linesOf(body: AsyncIterable<Uint8Array>, longest: number): AsyncGenerator<string> {
  let held: Buffer[] = [];
  let size = 0;
  for await (const bytes of body) {
    const chunk = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    let from = 0;
    for (let to = chunk.indexOf(10); to >= 0; to = chunk.indexOf(10, from)) {
      held.push(chunk.subarray(from, to));
      // Decoded as a whole, so that a character cut in two by chunks survives.
      const line = held.length === 1 ? held[0]! : Buffer.concat(held);
      held = [];
      size = 0;
      from = to + 1;
      if (line.length > longest) throw tooLong(longest);
      if (line.length > 0) yield line.toString("utf8");
    }
    const rest = chunk.subarray(from);
    size += rest.length;
    if (size > longest) throw tooLong(longest);
    if (rest.length > 0) held.push(rest);
  }
}

const tooLong = (longest: number) => new Error(`a line of the stream is longer than ${longest} bytes`);
