import { isAll, isSpace, TOKEN, trimSpace } from './characters.ts';
import { MAX_PARAMETERS } from './limits.ts';

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const LESS_THAN = 0x3c;
const GREATER_THAN = 0x3e;
const COMMA = 0x2c;
const SEMICOLON = 0x3b;
const EQUALS = 0x3d;

/** Walks once, forward, over an unfolded header value. */
export class ValueReader {
  readonly text: string;
  at = 0;

  constructor(text: string) {
    this.text = text;
  }

  get isAtEnd(): boolean {
    return this.at >= this.text.length;
  }

  skipSpace(): void {
    while (this.at < this.text.length && isSpace(this.text.charCodeAt(this.at))) this.at += 1;
  }

  /** Steps over the character when it comes next. */
  take(code: number): boolean {
    if (this.text.charCodeAt(this.at) !== code) return false;
    this.at += 1;
    return true;
  }

  /** The token that comes next, or `''`. */
  token(): string {
    const start = this.at;
    while (this.at < this.text.length && TOKEN[this.text.charCodeAt(this.at)] === 1) this.at += 1;
    return this.text.slice(start, this.at);
  }

  /** The quoted string that comes next, without quotes and escapes; undefined when it does not end. */
  quotedString(): string | undefined {
    if (!this.take(QUOTE)) return undefined;
    let content = '';
    let chunkStart = this.at;
    while (this.at < this.text.length) {
      const code = this.text.charCodeAt(this.at);
      if (code === QUOTE) {
        content += this.text.slice(chunkStart, this.at);
        this.at += 1;
        return content;
      }
      if (code === BACKSLASH) {
        content += this.text.slice(chunkStart, this.at);
        this.at += 1;
        chunkStart = this.at;
      }
      this.at += 1;
    }
    return undefined;
  }

  /** Everything up to the next character that `isEnd` names, or to the end. */
  until(isEnd: (code: number) => boolean): string {
    const start = this.at;
    while (this.at < this.text.length && !isEnd(this.text.charCodeAt(this.at))) this.at += 1;
    return this.text.slice(start, this.at);
  }

  /**
   * Reads `*(SEMI generic-param)` to the end of the value (RFC 3261 section 25.1). Names in lower case, `''` for a flag,
   * quoted values without their quotes; of a repeated name the first counts.
   * @returns undefined when something else stands there. With `lenient` an empty parameter (`;;`) is skipped.
   */
  parameters(lenient = false): Map<string, string> | undefined {
    const parameters = new Map<string, string>();
    let count = 0;
    for (;;) {
      this.skipSpace();
      if (this.isAtEnd) return parameters;
      if (!this.take(SEMICOLON)) return undefined;
      this.skipSpace();
      const name = this.token();
      if (name === '') {
        if (lenient) continue;
        return undefined;
      }
      const value = this.#parameterValue();
      count += 1;
      if (value === undefined || count > MAX_PARAMETERS) return undefined;
      const key = name.toLowerCase();
      if (!parameters.has(key)) parameters.set(key, value);
    }
  }

  #parameterValue(): string | undefined {
    this.skipSpace();
    if (!this.take(EQUALS)) return '';
    this.skipSpace();
    if (this.text.charCodeAt(this.at) === QUOTE) return this.quotedString();
    const value = this.until(endsParameterValue);
    return value === '' ? undefined : value;
  }
}

function endsParameterValue(code: number): boolean {
  return (
    code === SEMICOLON ||
    code === COMMA ||
    code === QUOTE ||
    code === LESS_THAN ||
    code === GREATER_THAN ||
    isSpace(code)
  );
}

/** Splits a comma list, leaving commas in quoted strings and angle brackets alone. Empty members are left out. */
export function splitList(value: string): string[] {
  if (!value.includes(',')) return value === '' ? [] : [value];
  const items: string[] = [];
  let start = 0;
  let inQuotes = false;
  let inBrackets = false;
  const push = (end: number): void => {
    const item = trimSpace(value.slice(start, end));
    if (item !== '') items.push(item);
    start = end + 1;
  };
  for (let index = 0; index < value.length; index += 1) {
    const code = value.charCodeAt(index);
    if (inQuotes) {
      if (code === BACKSLASH) index += 1;
      else if (code === QUOTE) inQuotes = false;
    } else if (code === QUOTE) inQuotes = true;
    else if (code === LESS_THAN) inBrackets = true;
    else if (code === GREATER_THAN) inBrackets = false;
    else if (code === COMMA && !inBrackets) push(index);
  }
  push(value.length);
  return items;
}

/** A quoted string with its quotes and backslashes escaped. */
export function quote(text: string): string {
  return `"${text.replace(/["\\]/g, '\\$&')}"`;
}

const BARE_VALUE_EXTRA = new Set(['[', ']', ':', '/', '@', '=']);

function needsQuotes(value: string): boolean {
  if (isAll(value, TOKEN)) return false;
  for (const character of value) {
    const code = character.charCodeAt(0);
    if (TOKEN[code] !== 1 && !BARE_VALUE_EXTRA.has(character)) return true;
  }
  return false;
}

/** `;name=value` for each parameter, quoting where the value needs it. */
export function formatParameters(parameters: Iterable<[string, string]>): string {
  let text = '';
  for (const [name, value] of parameters) {
    text += value === '' ? `;${name}` : `;${name}=${needsQuotes(value) ? quote(value) : value}`;
  }
  return text;
}
