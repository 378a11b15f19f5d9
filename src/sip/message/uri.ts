import { isIPv6 } from 'node:net';
import {
  HOST_NAME,
  isAll,
  isDigit,
  PASSWORD,
  parseDecimal,
  READ_USER,
  URI_HEADER,
  URI_PARAMETER,
  USER,
} from './characters.ts';
import { MAX_PARAMETERS } from './limits.ts';
import { NO_PARAMETERS, type SipUri } from './message.ts';
import { decodePercent, encodePercent } from './percent.ts';

const MAX_PORT = 65_535;

/** Reads a URI (RFC 3261 section 19.1). @returns undefined when it is malformed; other schemes stay opaque. */
export function parseUri(text: string): SipUri | undefined {
  const colon = text.indexOf(':');
  if (colon <= 0) return undefined;
  const scheme = readScheme(text.slice(0, colon));
  if (scheme === undefined) return undefined;
  const rest = text.slice(colon + 1);
  return scheme === 'sip' || scheme === 'sips' ? parseSipUri(scheme, rest) : parseOpaqueUri(scheme, rest);
}

function readScheme(text: string): string | undefined {
  const scheme = text.toLowerCase();
  const first = scheme.charCodeAt(0);
  if (first < 0x61 || first > 0x7a) return undefined;
  for (let index = 1; index < scheme.length; index += 1) {
    const code = scheme.charCodeAt(index);
    const isLetter = code >= 0x61 && code <= 0x7a;
    if (!isLetter && !isDigit(code) && code !== 0x2b && code !== 0x2d && code !== 0x2e) return undefined;
  }
  return scheme;
}

function parseOpaqueUri(scheme: string, rest: string): SipUri | undefined {
  if (rest === '') return undefined;
  for (let index = 0; index < rest.length; index += 1) {
    const code = rest.charCodeAt(index);
    if (code <= 0x20 || code === 0x7f || code === 0x22 || code === 0x3c || code === 0x3e) return undefined;
  }
  const uri: SipUri = { scheme, host: '', params: NO_PARAMETERS, headers: NO_PARAMETERS, opaque: rest };
  if (scheme === 'tel') {
    const end = rest.indexOf(';');
    uri.user = (end < 0 ? rest : rest.slice(0, end)).replace(/[-.()]/g, '');
  }
  return uri;
}

function parseSipUri(scheme: string, rest: string): SipUri | undefined {
  const uri: SipUri = { scheme, host: '', params: NO_PARAMETERS, headers: NO_PARAMETERS };
  const at = rest.indexOf('@');
  if (at >= 0 && !readUserInfo(uri, rest.slice(0, at))) return undefined;

  let end = rest.length;
  const hostStart = at + 1;
  const question = rest.indexOf('?', hostStart);
  if (question >= 0) {
    const headers = readHeaders(rest.slice(question + 1));
    if (!headers) return undefined;
    uri.headers = headers;
    end = question;
  }
  const semicolon = rest.indexOf(';', hostStart);
  if (semicolon >= 0 && semicolon < end) {
    const params = readParameters(rest.slice(semicolon + 1, end));
    if (!params) return undefined;
    uri.params = params;
    end = semicolon;
  }
  const hostPort = parseHostPort(rest.slice(hostStart, end));
  if (!hostPort) return undefined;
  uri.host = hostPort.host;
  if (hostPort.port !== undefined) uri.port = hostPort.port;
  return uri;
}

function readUserInfo(uri: SipUri, text: string): boolean {
  const colon = text.indexOf(':');
  const user = decodePercent(colon < 0 ? text : text.slice(0, colon), READ_USER);
  if (user === undefined || user === '') return false;
  uri.user = user;
  if (colon < 0) return true;
  const password = decodePercent(text.slice(colon + 1), PASSWORD);
  if (password === undefined) return false;
  uri.password = password;
  return true;
}

function readParameters(text: string): Map<string, string> | undefined {
  const read = new Map<string, string>();
  const parameters = text.split(';', MAX_PARAMETERS + 1);
  if (parameters.length > MAX_PARAMETERS) return undefined;
  for (const parameter of parameters) {
    if (parameter === '') continue;
    const equals = parameter.indexOf('=');
    const name = decodePercent(equals < 0 ? parameter : parameter.slice(0, equals), URI_PARAMETER);
    const value = equals < 0 ? '' : decodePercent(parameter.slice(equals + 1), URI_PARAMETER);
    if (name === undefined || name === '' || value === undefined) return undefined;
    const key = name.toLowerCase();
    if (!read.has(key)) read.set(key, value);
  }
  return read;
}

function readHeaders(text: string): Map<string, string> | undefined {
  const read = new Map<string, string>();
  const headers = text.split('&', MAX_PARAMETERS + 1);
  if (headers.length > MAX_PARAMETERS) return undefined;
  for (const header of headers) {
    const equals = header.indexOf('=');
    if (equals <= 0) return undefined;
    const name = decodePercent(header.slice(0, equals), URI_HEADER);
    const value = decodePercent(header.slice(equals + 1), URI_HEADER);
    if (name === undefined || value === undefined) return undefined;
    read.set(name, value);
  }
  return read;
}

/**
 * Reads `host [":" port]`; an IPv6 address must stand in brackets (RFC 3261 section 19.1.1, RFC 5118 section 4.1).
 * @returns the host in lower case, without brackets.
 */
export function parseHostPort(text: string): { host: string; port?: number } | undefined {
  let host: string;
  let afterHost: number;
  if (text.charCodeAt(0) === 0x5b) {
    const close = text.indexOf(']');
    if (close < 0) return undefined;
    host = text.slice(1, close).toLowerCase();
    if (!isIPv6(host) || host.includes('%')) return undefined;
    afterHost = close + 1;
  } else {
    const colon = text.indexOf(':');
    afterHost = colon < 0 ? text.length : colon;
    host = text.slice(0, afterHost).toLowerCase();
    if (host === '' || !isAll(host, HOST_NAME)) return undefined;
  }
  if (afterHost === text.length) return { host };
  if (text.charCodeAt(afterHost) !== 0x3a) return undefined;
  const port = parseDecimal(text.slice(afterHost + 1), MAX_PORT);
  return port === undefined ? undefined : { host, port };
}

/** `host:port` as it stands in a URI or Via: IPv6 in brackets. */
export function formatHostPort(host: string, port?: number): string {
  const bracketed = host.includes(':') ? `[${host}]` : host;
  return port === undefined ? bracketed : `${bracketed}:${port}`;
}

/** Writes a URI with all that needs it escaped; `parseUri` of it gives the same. */
export function formatUri(uri: SipUri): string {
  if (uri.opaque !== undefined) return `${uri.scheme}:${uri.opaque}`;
  let text = `${uri.scheme}:`;
  if (uri.user !== undefined) {
    text += encodePercent(uri.user, USER);
    if (uri.password !== undefined) text += `:${encodePercent(uri.password, PASSWORD)}`;
    text += '@';
  }
  text += formatHostPort(uri.host, uri.port);
  for (const [name, value] of uri.params) {
    text += `;${encodePercent(name, URI_PARAMETER)}`;
    if (value !== '') text += `=${encodePercent(value, URI_PARAMETER)}`;
  }
  let separator = '?';
  for (const [name, value] of uri.headers) {
    text += `${separator}${encodePercent(name, URI_HEADER_NAME)}=${encodePercent(value, URI_HEADER)}`;
    separator = '&';
  }
  return text;
}

/** In a header's name, unlike in its value, `=` must be escaped to be told from the separator. */
const URI_HEADER_NAME = URI_HEADER.slice();
URI_HEADER_NAME[0x3d] = 0;
