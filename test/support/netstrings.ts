const encoder = new TextEncoder();
/** Digits of the longest length that is read. */
const MAX_LENGTH_DIGITS = 7;
const COLON = 0x3a;

/** Writes `length:content,`. */
export function netstring(content: string): Uint8Array {
  const bytes = encoder.encode(content);
  return Buffer.concat([Buffer.from(`${bytes.length}:`), bytes, Buffer.from(',')]);
}

/** Cuts a stream of netstrings into their contents, however its bytes come. */
export class NetstringReader {
  #rest: Buffer = Buffer.alloc(0);

  /** @returns what is complete with these bytes. @throws on what is no netstring. */
  push(bytes: Uint8Array): string[] {
    this.#rest = Buffer.concat([this.#rest, bytes]);
    const contents: string[] = [];
    for (;;) {
      const colon = this.#rest.indexOf(COLON);
      if (colon < 0) return contents;
      const digits = this.#rest.toString('latin1', 0, colon);
      if (!/^\d+$/.test(digits) || digits.length > MAX_LENGTH_DIGITS)
        throw new Error(`no netstring: ${digits.slice(0, 40)}`);
      const end = colon + 1 + Number(digits);
      if (this.#rest.length <= end) return contents;
      contents.push(this.#rest.toString('utf8', colon + 1, end));
      this.#rest = this.#rest.subarray(end + 1);
    }
  }
}
