import { readdirSync, readFileSync } from 'node:fs';

const FOLDER = new URL('corpus/', import.meta.url);

/**
 * Messages of our own, one a file, in the order of their names: the kinds that reach an exchange, inside dialogs and
 * outside, and behind them whatever has once hurt us or others. The tags and identifiers of a dialog in them (such as
 * `their-to-tag`) stand for those of one that is up.
 */
export const SIP_CORPUS: readonly Buffer[] = readdirSync(FOLDER)
  .sort()
  .map((name) => readFileSync(new URL(name, FOLDER)));

/** Numbers from 0 to below 1 that a seed determines (mulberry32). */
export function seededRandom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** What parsers have stumbled over: separators, line ends, escapes, numbers out of range, broken UTF-8. */
const TOKENS = [
  '\r\n',
  '\n',
  '\r',
  '\0',
  '\t',
  ' ',
  ',',
  ';',
  ':',
  '@',
  '=',
  '"',
  '\\',
  '<',
  '>',
  '[',
  ']',
  '%',
  '%00',
  '%zz',
  '?',
  '&',
  '/',
  ';;',
  ',,',
  '-1',
  '4294967296',
  '99999999999999999999',
  '\r\n ',
  '\r\n\r\n',
  'SIP/2.0',
  'sip:',
  '\x80',
  '\xff\xfe',
  '%s%n',
  '::',
].map((token) => Buffer.from(token, 'latin1'));

/** One to eight random edits: bytes changed, removed, repeated, swapped in from another message, tokens put in. */
export function mutate(message: Buffer, other: Buffer, random: () => number): Buffer {
  const below = (limit: number): number => Math.floor(random() * limit);
  let bytes = message;
  for (let edit = below(8); edit >= 0; edit -= 1) {
    const at = below(bytes.length + 1);
    const end = Math.min(bytes.length, at + below(random() < 0.9 ? 8 : 400));
    const before = bytes.subarray(0, at);
    const cut = bytes.subarray(at, end);
    const after = bytes.subarray(end);
    const piece = other.subarray(below(other.length), below(other.length));
    const token = TOKENS[below(TOKENS.length)] ?? Buffer.alloc(0);
    const edits = [
      () => [before, Buffer.from([below(256)]), bytes.subarray(at + 1)],
      () => [before, after],
      () => [before, ...Array.from({ length: 1 + below(20) }, () => cut), after],
      () => [before, piece, after],
      () => [before, token, bytes.subarray(at)],
      () => [before, ...Array.from({ length: 1 + below(2_000) }, () => token), bytes.subarray(at)],
    ];
    const chosen = edits[below(edits.length)];
    if (chosen) bytes = Buffer.concat(chosen()).subarray(0, 65_535);
  }
  return bytes;
}
