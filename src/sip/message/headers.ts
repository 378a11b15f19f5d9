import { isDigit, isSpace, isToken, parseDecimal } from './characters.ts';
import { canonicalName } from './header-names.ts';
import { MAX_CSEQ, MAX_MAX_FORWARDS } from './limits.ts';
import type { CSeq, HeaderLine, NameAddress, SipMessage, Via } from './message.ts';
import { parseNameAddress, tagOf } from './name-address.ts';
import { splitList } from './value-reader.ts';
import { parseVia } from './via.ts';

type WithHeaders = Pick<SipMessage, 'headers'>;

/** What tells a small letter of ASCII from its capital. */
const CASE_BIT = 0x20;
const NONE: readonly string[] = [];

function hasName(line: HeaderLine, canonical: string): boolean {
  return (
    line.name === canonical ||
    (line.name.length === canonical.length &&
      beginsAlike(line.name, canonical) &&
      line.name.toLowerCase() === canonical.toLowerCase())
  );
}

/** Spares most comparisons the two strings that they would make. */
function beginsAlike(one: string, other: string): boolean {
  return (one.charCodeAt(0) | CASE_BIT) === (other.charCodeAt(0) | CASE_BIT);
}

/** The value of the first line with this name, compact form and case aside. */
export function headerValue(message: WithHeaders, name: string): string | undefined {
  const canonical = canonicalName(name);
  for (const line of message.headers) if (hasName(line, canonical)) return line.value;
  return undefined;
}

/** The values of all lines with this name, as they stand. */
export function headerAll(message: WithHeaders, name: string): readonly string[] {
  const canonical = canonicalName(name);
  let values: string[] | undefined;
  for (const line of message.headers) {
    if (!hasName(line, canonical)) continue;
    if (values) values.push(line.value);
    else values = [line.value];
  }
  return values ?? NONE;
}

/** The members of a header that is a comma list (Via, Route, Contact, Require ...), over all its lines, in order. */
export function headerValues(message: WithHeaders, name: string): readonly string[] {
  const lines = headerAll(message, name);
  return lines.every(isOneMember) ? lines : lines.flatMap(splitList);
}

/** Nearly every line has one member. */
function isOneMember(line: string): boolean {
  return line !== '' && !line.includes(',');
}

/** The topmost Via, read anew on each call: the caller may change it. Undefined when missing or malformed. */
export function topVia(message: WithHeaders): Via | undefined {
  const value = headerValue(message, 'Via');
  const first = value === undefined ? undefined : splitList(value)[0];
  return first === undefined ? undefined : parseVia(first);
}

/** Puts another value in place of the topmost Via and leaves the rest of its line alone. */
export function replaceTopVia(message: WithHeaders, value: string): void {
  const line = message.headers.find((candidate) => hasName(candidate, 'Via'));
  if (!line) throw new Error('message has no Via');
  line.value = [value, ...splitList(line.value).slice(1)].join(', ');
}

/** Reads `CSeq` (RFC 3261 section 20.16). */
export function cseq(message: WithHeaders): CSeq | undefined {
  const value = headerValue(message, 'CSeq') ?? '';
  let at = 0;
  while (isDigit(value.charCodeAt(at))) at += 1;
  const seq = parseDecimal(value.slice(0, at), MAX_CSEQ);
  const methodStart = at;
  while (isSpace(value.charCodeAt(at))) at += 1;
  const method = value.slice(at);
  return seq === undefined || at === methodStart || !isToken(method) ? undefined : { seq, method };
}

export function from(message: WithHeaders): NameAddress | undefined {
  return parseNameAddress(headerValue(message, 'From') ?? '');
}

export function to(message: WithHeaders): NameAddress | undefined {
  return parseNameAddress(headerValue(message, 'To') ?? '');
}

export function fromTag(message: WithHeaders): string | undefined {
  return tagOf(headerValue(message, 'From'));
}

export function toTag(message: WithHeaders): string | undefined {
  return tagOf(headerValue(message, 'To'));
}

/** Max-Forwards; undefined when missing or no number from 0 to 255. */
export function maxForwards(message: WithHeaders): number | undefined {
  return parseDecimal(headerValue(message, 'Max-Forwards') ?? '', MAX_MAX_FORWARDS);
}
