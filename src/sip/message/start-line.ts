import { isDigit, isToken, trimSpace } from './characters.ts';

export interface RequestLine {
  kind: 'request';
  method: string;
  rawUri: string;
  version: string;
  /** More or less than one space between the parts, or white space around them. */
  hasStraySpace: boolean;
}

export interface StatusLine {
  kind: 'response';
  status: number;
  reason: string;
  version: string;
}

/** Reads a start line (RFC 3261 sections 7.1 and 7.2). @returns undefined for what is no SIP at all. */
export function parseStartLine(line: string): RequestLine | StatusLine | undefined {
  return line.startsWith('SIP/') || line.startsWith('sip/') ? parseStatusLine(line) : parseRequestLine(line);
}

function parseStatusLine(line: string): StatusLine | undefined {
  const space = line.indexOf(' ');
  if (space < 0) return undefined;
  const code = line.slice(space + 1, space + 4);
  const isCode = code.length === 3 && [0, 1, 2].every((index) => isDigit(code.charCodeAt(index)));
  const after = line.slice(space + 4);
  if (!isCode || (after !== '' && !after.startsWith(' '))) return undefined;
  return { kind: 'response', status: Number(code), reason: after.slice(1), version: line.slice(0, space) };
}

function parseRequestLine(line: string): RequestLine | undefined {
  const trimmed = trimSpace(line);
  const methodEnd = trimmed.indexOf(' ');
  const versionStart = trimmed.lastIndexOf(' ') + 1;
  const method = trimmed.slice(0, Math.max(0, methodEnd));
  const version = trimmed.slice(versionStart);
  if (versionStart <= methodEnd + 1 || !isToken(method) || !version.toUpperCase().startsWith('SIP/'))
    return undefined;
  const rawUri = trimmed.slice(methodEnd + 1, versionStart - 1);
  const hasStraySpace = trimmed.length !== line.length || rawUri.includes(' ') || rawUri.includes('\t');
  return { kind: 'request', method, rawUri, version, hasStraySpace };
}

export function isSupportedVersion(version: string): boolean {
  return version === 'SIP/2.0' || version.toUpperCase() === 'SIP/2.0';
}
