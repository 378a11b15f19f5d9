import { isSpace, trimSpace } from './characters.ts';
import { type NameAddress, NO_PARAMETERS } from './message.ts';
import { formatUri, parseUri } from './uri.ts';
import { formatParameters, quote, ValueReader } from './value-reader.ts';

const QUOTE = 0x22;
const COMMA = 0x2c;
const SEMICOLON = 0x3b;
const LESS_THAN = 0x3c;
const QUESTION = 0x3f;
const BACKSLASH = 0x5c;

/**
 * Reads one `name-addr` or `addr-spec` with its header parameters (RFC 3261 sections 20.10 and 25.1). In the form without
 * angle brackets the parameters belong to the header and the URI must have no comma or question mark (section 20).
 * @returns undefined when it is malformed.
 */
export function parseNameAddress(value: string): NameAddress | undefined {
  const reader = new ValueReader(value);
  const text = readAddress(reader);
  const uri = text && parseUri(text.uri);
  const params = uri && (reader.isAtEnd ? NO_PARAMETERS : reader.parameters());
  if (!params) return undefined;
  return text.displayName ? { displayName: text.displayName, uri, params } : { uri, params };
}

/** The tag of a From or To, whose URI is not read for it; undefined when it has none or is malformed. */
export function tagOf(value: string | undefined): string | undefined {
  if (value === undefined) return undefined;
  const reader = new ValueReader(value);
  return readAddress(reader) && !reader.isAtEnd ? reader.parameters()?.get('tag') : undefined;
}

/** Reads up to the header parameters. */
function readAddress(reader: ValueReader): { displayName: string | undefined; uri: string } | undefined {
  const { text } = reader;
  reader.skipSpace();
  let displayName: string | undefined;
  if (text.charCodeAt(reader.at) === QUOTE) {
    displayName = reader.quotedString();
    if (displayName === undefined) return undefined;
    reader.skipSpace();
    if (text.charCodeAt(reader.at) !== LESS_THAN) return undefined;
  } else if (text.includes('<')) {
    displayName = unquotedDisplayName(reader);
    if (displayName === undefined) return undefined;
  }
  const uri = reader.take(LESS_THAN) ? bracketedUri(reader) : reader.until(endsBareUri);
  return uri === undefined ? undefined : { displayName, uri };
}

/**
 * Tokens before the `<`. Phones also put parentheses, colons and letters beyond ASCII here; only what would make the
 * header ambiguous is refused (RFC 4475 section 3.1.2.15).
 */
function unquotedDisplayName(reader: ValueReader): string | undefined {
  const name = trimSpace(reader.until((code) => code === LESS_THAN));
  for (let index = 0; index < name.length; index += 1) {
    const code = name.charCodeAt(index);
    if (code === COMMA || code === SEMICOLON || code === QUOTE || code === BACKSLASH || code === 0x3e)
      return undefined;
  }
  return name;
}

function bracketedUri(reader: ValueReader): string | undefined {
  const close = reader.text.indexOf('>', reader.at);
  if (close < 0) return undefined;
  const uri = reader.text.slice(reader.at, close);
  reader.at = close + 1;
  return uri;
}

function endsBareUri(code: number): boolean {
  return code === SEMICOLON || code === COMMA || code === QUESTION || isSpace(code);
}

/** Writes the form with angle brackets; a display name is always quoted. */
export function formatNameAddress(address: NameAddress): string {
  const name = address.displayName ? `${quote(address.displayName)} ` : '';
  return `${name}<${formatUri(address.uri)}>${formatParameters(address.params)}`;
}
