import { isIP } from 'node:net';
import { type MediaDescription, parse } from 'sdp-transform';
import { parseDecimal } from '../message/characters.ts';
import { type CryptoAttribute, readCryptoLine } from './crypto-attribute.ts';

/** Largest description that we read. A browser's with all its candidates has about 8 KiB; a trunk's under 1 KiB. */
const MAX_SDP_CHARACTERS = 16_384;
/** Lines, and characters of one; both several times what is seen in practice. */
const MAX_LINES = 512;
const MAX_LINE_CHARACTERS = 1_024;
/** Media lines: each costs a line in the answer. */
const MAX_MEDIA_SECTIONS = 16;
/** Payload types of one media line: there are 128 of them. */
const MAX_FORMATS = 128;
const MAX_PAYLOAD_TYPE = 127;
const MAX_PORT = 65_535;

export type Direction = 'sendrecv' | 'sendonly' | 'recvonly' | 'inactive';

/** An encoding as `a=rtpmap` names it, upper case. */
export interface PayloadFormat {
  payloadType: number;
  encoding: string;
  clockRateHz: number;
  channels: number;
}

/** One `m=` line with what belongs to it, session-level values filled in. */
export interface MediaSection {
  kind: string;
  /** 0: not wanted (RFC 3264 section 6). */
  port: number;
  protocol: string;
  /** The format list as it stands. */
  formatList: string;
  /** RTP formats in order of preference: those with an rtpmap or a static type that we know. */
  formats: PayloadFormat[];
  address: string | undefined;
  rtcpPort: number;
  direction: Direction;
  ptimeMs: number | undefined;
  maxPtimeMs: number | undefined;
  /** Keys for SRTP that we can use, in order of preference (RFC 4568). */
  crypto: CryptoAttribute[];
}

export interface SessionDescription {
  timing: { start: number; stop: number };
  media: MediaSection[];
}

/** Static payload types that need no rtpmap (RFC 3551 section 6), as far as we use them. */
const STATIC_FORMATS: readonly PayloadFormat[] = [
  { payloadType: 0, encoding: 'PCMU', clockRateHz: 8000, channels: 1 },
  { payloadType: 8, encoding: 'PCMA', clockRateHz: 8000, channels: 1 },
  { payloadType: 9, encoding: 'G722', clockRateHz: 8000, channels: 1 },
  { payloadType: 13, encoding: 'CN', clockRateHz: 8000, channels: 1 },
];

const DIRECTIONS: readonly string[] = ['sendrecv', 'sendonly', 'recvonly', 'inactive'];
/** Attributes that we use. The others never reach the parser, whose patterns for some of them are slow on hostile input. */
const USED_ATTRIBUTES = new Set([...DIRECTIONS, 'rtpmap', 'ptime', 'maxptime', 'rtcp']);
const USED_TYPES = new Set(['v', 'c', 't', 'm']);

/** Reads a session description (RFC 8866). @returns undefined when it is malformed or beyond our limits. */
export function readSessionDescription(text: string): SessionDescription | undefined {
  const lines = usedLines(text);
  if (!lines) return undefined;
  const session = parse(lines.join('\r\n'));
  const { version, connection, timing, media } = session;
  if (version !== 0 || media.length > MAX_MEDIA_SECTIONS) return undefined;
  const sections: MediaSection[] = [];
  for (const description of media) {
    const section = readMedia(description, connection?.ip, session.direction);
    if (!section) return undefined;
    sections.push(section);
  }
  return { timing: { start: seconds(timing?.start), stop: seconds(timing?.stop) }, media: sections };
}

function usedLines(text: string): string[] | undefined {
  if (text.length > MAX_SDP_CHARACTERS) return undefined;
  const lines = text.split('\n', MAX_LINES + 1);
  if (lines.length > MAX_LINES) return undefined;
  const used: string[] = [];
  for (const raw of lines) {
    const line = raw.endsWith('\r') ? raw.slice(0, -1) : raw;
    if (line.length > MAX_LINE_CHARACTERS) return undefined;
    if (!isUsed(line)) continue;
    used.push(line.startsWith('m=') ? withoutPortCount(line) : line);
  }
  return used;
}

function isUsed(line: string): boolean {
  if (line[1] !== '=') return false;
  if (line[0] !== 'a') return USED_TYPES.has(line.charAt(0));
  const colon = line.indexOf(':');
  if (line.startsWith('a=crypto:')) return readCryptoLine(line) !== undefined;
  return USED_ATTRIBUTES.has(colon < 0 ? line.slice(2) : line.slice(2, colon));
}

/** `49170/2` (RFC 8866 section 5.14) asks for several ports; we use the first. */
function withoutPortCount(line: string): string {
  const [type = '', port = '', ...rest] = line.split(' ');
  const slash = port.indexOf('/');
  return slash < 0 ? line : [type, port.slice(0, slash), ...rest].join(' ');
}

/** The parser leaves a number that is not written as JavaScript would write it as a text. */
function seconds(value: unknown): number {
  const number = Number(value ?? 0);
  return Number.isSafeInteger(number) && number >= 0 ? number : 0;
}

function readMedia(
  media: Partial<Record<keyof MediaDescription, unknown>> & MediaDescription,
  sessionAddress: string | undefined,
  sessionDirection: Direction | undefined,
): MediaSection | undefined {
  const port = parseDecimal(String(media.port ?? ''), MAX_PORT);
  if (!media.type || !media.protocol || port === undefined) return undefined;
  const formatList = String(media.payloads ?? '');
  return {
    kind: String(media.type),
    port,
    protocol: String(media.protocol),
    formatList,
    formats: readFormats(formatList, media.rtp),
    address: unicastAddress(String(media.connection?.ip ?? sessionAddress ?? '')),
    rtcpPort: parseDecimal(String(media.rtcp?.port ?? ''), MAX_PORT) ?? Math.min(port + 1, MAX_PORT),
    direction: media.direction ?? sessionDirection ?? 'sendrecv',
    ptimeMs: milliseconds(media.ptime),
    maxPtimeMs: milliseconds(media.maxptime),
    crypto: readCrypto(media.crypto),
  };
}

function readFormats(formatList: string, rtpmaps: MediaDescription['rtp']): PayloadFormat[] {
  const mapped = new Map<number, PayloadFormat | undefined>();
  for (const format of STATIC_FORMATS) mapped.set(format.payloadType, format);
  for (const { payload, codec, rate, encoding } of rtpmaps) {
    const clockRateHz = Number(rate);
    const channels = Number(encoding ?? 1);
    const format = { payloadType: payload, encoding: String(codec).toUpperCase(), clockRateHz, channels };
    mapped.set(payload, channels > 0 && clockRateHz > 0 ? format : undefined);
  }
  const formats: PayloadFormat[] = [];
  for (const text of formatList.split(' ', MAX_FORMATS)) {
    const format = mapped.get(parseDecimal(text, MAX_PAYLOAD_TYPE) ?? -1);
    if (format) formats.push(format);
  }
  return formats;
}

/** Only lines that {@link readCryptoLine} takes have come this far; the parser says which media they belong to. */
function readCrypto(lines: MediaDescription['crypto']): CryptoAttribute[] {
  return (lines ?? []).flatMap(
    ({ id, suite, config }) => readCryptoLine(`a=crypto:${id} ${suite} ${config}`) ?? [],
  );
}

/** An address that one peer can have. Names, and groups to which one caller could make us flood many, are refused. */
function unicastAddress(text: string): string | undefined {
  const version = isIP(text);
  if (version === 0 || text.includes('%')) return undefined;
  const isGroup = version === 4 ? Number.parseInt(text, 10) >= 224 : /^ff/i.test(text);
  return isGroup ? undefined : text.toLowerCase();
}

function milliseconds(value: unknown): number | undefined {
  const number = Number(value ?? 0);
  return number > 0 && number < 10_000 ? number : undefined;
}
