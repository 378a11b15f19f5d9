import { isToken, trimSpace } from './characters.ts';
import { canonicalName } from './header-names.ts';
import { MAX_HEADER_LINE_BYTES, MAX_HEADER_LINES } from './limits.ts';
import type { HeaderLine } from './message.ts';

const CR = 0x0d;
const LF = 0x0a;
const SP = 0x20;
const HTAB = 0x09;

/** Stands for a NUL or CR in a header: no part of a token, URI or Call-ID, and of one byte, so that an echo does not grow. */
export const SUBSTITUTE = '\x1a';

/** Why a message cannot be taken as it is: the status that a request gets for it, and the reason phrase. */
export interface Refusal {
  status: number;
  reason: string;
}

/** Start line and header lines of a message, and where its body begins. */
export interface MessageHead {
  startLine: string;
  headers: HeaderLine[];
  bodyStart: number;
  /** The first thing that was wrong; the rest is read nevertheless, so that the sender can be told. */
  refusal?: Refusal;
}

/** One physical line of the head. */
interface Line {
  text: string;
  isFold: boolean;
  length: number;
}

/**
 * Splits the head of a message into lines in a single pass over its bytes. A line ends with CRLF or a bare LF. NUL and a
 * bare CR, which must never get into a line that we write, become {@link SUBSTITUTE}.
 */
export class HeadReader {
  readonly #bytes: Buffer;
  /** Every byte as a character: what is not UTF-8 beyond ASCII is cut out of it, which costs less than reading each line. */
  readonly #text: string;
  readonly #headers: HeaderLine[] = [];
  #at: number;
  #startLine: string | undefined;
  #refusal: Refusal | undefined;
  /** Bytes of the header line that is being read, folds included. */
  #lineBytes = 0;

  constructor(bytes: Buffer, start: number) {
    this.#bytes = bytes;
    this.#text = bytes.toString('latin1');
    this.#at = start;
  }

  /** @returns undefined when there is not even a start line. */
  read(): MessageHead | undefined {
    let isComplete = false;
    for (let line = this.#nextLine(); line; line = this.#nextLine()) {
      if (line.length === 0) {
        isComplete = true;
        break;
      }
      if (this.#startLine === undefined) this.#startLine = line.text;
      else if (!this.#addLine(line)) break;
    }
    if (this.#startLine === undefined) return undefined;
    if (!isComplete) this.#refuse(400, 'Header Section Does Not End');
    const head = { startLine: this.#startLine, headers: this.#headers, bodyStart: this.#at };
    return this.#refusal ? { ...head, refusal: this.#refusal } : head;
  }

  /** @returns false where a limit is passed and nothing more is to be read. */
  #addLine(line: Line): boolean {
    this.#lineBytes = line.isFold ? this.#lineBytes + line.length : line.length;
    if (this.#lineBytes > MAX_HEADER_LINE_BYTES) return this.#refuse(513, 'Header Line Too Long');
    if (line.isFold) {
      this.#addFold(line.text);
      return true;
    }
    if (this.#headers.length >= MAX_HEADER_LINES) return this.#refuse(513, 'Too Many Header Lines');
    const colon = line.text.indexOf(':');
    const name = colon < 0 ? '' : trimSpace(line.text.slice(0, colon));
    if (isToken(name))
      this.#headers.push({ name: canonicalName(name), value: trimSpace(line.text.slice(colon + 1)) });
    else this.#refuse(400, 'Malformed Header Line');
    return true;
  }

  /** White space at the start of a line continues the one before; the break counts as one space (RFC 3261 section 7.3.1). */
  #addFold(text: string): void {
    const last = this.#headers.at(-1);
    if (!last) {
      this.#refuse(400, 'Malformed Header Line');
      return;
    }
    const more = trimSpace(text);
    if (more !== '') last.value = last.value === '' ? more : `${last.value} ${more}`;
  }

  #refuse(status: number, reason: string): false {
    this.#refusal ??= { status, reason };
    return false;
  }

  /** @returns undefined at the end of the bytes; a line that nothing ends does not count. */
  #nextLine(): Line | undefined {
    const bytes = this.#bytes;
    const start = this.#at;
    let highBits = 0;
    let isUnclean = false;
    for (let index = start; index < bytes.length; index += 1) {
      const byte = bytes[index] as number;
      if (byte === LF) {
        const end = index > start && bytes[index - 1] === CR ? index - 1 : index;
        this.#at = index + 1;
        const first = bytes[start];
        const length = end - start;
        return {
          text: length > MAX_HEADER_LINE_BYTES ? '' : this.#decode(start, end, highBits > 0x7f, isUnclean),
          isFold: length > 0 && (first === SP || first === HTAB),
          length,
        };
      }
      highBits |= byte;
      if (byte === 0 || (byte === CR && bytes[index + 1] !== LF)) isUnclean = true;
    }
    return undefined;
  }

  #decode(start: number, end: number, isUtf8: boolean, isUnclean: boolean): string {
    const text = isUtf8 ? this.#bytes.toString('utf8', start, end) : this.#text.slice(start, end);
    return isUnclean ? text.replaceAll('\0', SUBSTITUTE).replaceAll('\r', SUBSTITUTE) : text;
  }
}

/** Where the first byte of a message stands behind the CRLFs that may precede it (RFC 3261 section 7.5). */
export function skipLineEnds(bytes: Uint8Array, start = 0): number {
  let at = start;
  while (bytes[at] === CR || bytes[at] === LF) at += 1;
  return at;
}
