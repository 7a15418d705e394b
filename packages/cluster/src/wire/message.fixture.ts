/** A field that holds bytes: a string, or a message made of fields. */
export function held(number: number, ...content: (string | Buffer)[]): Buffer {
  const bytes = Buffer.concat(content.map((each) => Buffer.from(each as string)));
  return Buffer.concat([varint((number << 3) | 2), varint(bytes.length), bytes]);
}

/** A field that holds an integer. */
export function whole(number: number, value: number): Buffer {
  return Buffer.concat([varint(number << 3), varint(value)]);
}

function varint(value: number): Buffer {
  const bytes: number[] = [];
  for (let rest = value; ; rest = Math.floor(rest / 128)) {
    if (rest < 128) return Buffer.from([...bytes, rest]);
    bytes.push((rest % 128) | 128);
  }
}
