import { isIP, isIPv6 } from 'node:net';
import { write } from 'sdp-transform';
import { breaksLine } from '../message/characters.ts';
import {
  type Direction,
  type MediaSection,
  type PayloadFormat,
  readSessionDescription,
} from './session-description.ts';

export type { Direction } from './session-description.ts';
export type AudioCodec = 'PCMU' | 'PCMA';

/** Our side of an audio session. */
export interface LocalMedia {
  /** Address or host name at which the peer reaches our RTP; RTCP is one port above. */
  address: string;
  port: number;
  /** Identity of the session in `o=`: the same in all its descriptions. */
  sessionId: number;
  /** To be one higher in each new description of the session (RFC 3264 section 8). */
  version: number;
  /** What we speak, the dearest first. */
  codecs: AudioCodec[];
  /** Packet time that we like, in milliseconds. */
  ptimeMs: number;
}

/** What offer and answer have settled. `direction` is ours: `recvonly` means that we must not send. */
export interface NegotiatedMedia {
  remoteAddress: string;
  remotePort: number;
  remoteRtcpPort: number;
  codec: AudioCodec;
  payloadType: number;
  dtmfPayloadType?: number;
  comfortNoisePayloadType?: number;
  ptimeMs: number;
  direction: Direction;
}

/** Packet times that we send; one outside is brought to the nearer end. */
export const MIN_PTIME_MS = 10;
export const MAX_PTIME_MS = 60;
/** Packets hold whole blocks of 10 ms. */
const PTIME_STEP_MS = 10;

/** The usual dynamic type for telephone-event, and the keys 0 to 9, *, #, A to D (RFC 4733). */
const DTMF_PAYLOAD_TYPE = 101;
const DTMF_EVENTS = '0-15';
const CLOCK_RATE_HZ = 8000;
const PAYLOAD_TYPES: Record<AudioCodec, number> = { PCMU: 0, PCMA: 8 };
/** Plain RTP; feedback messages of AVPF are optional to answer, so it is the same to us. SRTP is not spoken here. */
const PROTOCOLS = new Set(['RTP/AVP', 'RTP/AVPF']);
/** No address: hold as RFC 2543 had it (RFC 3264 section 8.4). */
const NO_ADDRESSES = new Set(['0.0.0.0', '::']);
/** No stream in common (RFC 3261 section 13.3.1.3). */
const NOT_ACCEPTABLE_HERE = 488;
const BAD_REQUEST = 400;
/** User name in our `o=`. */
const ORIGIN_NAME = 'offhook';

export type Answer = { sdp: string; media: NegotiatedMedia } | { rejected: number; reason: string };
export type ReadAnswer = { media: NegotiatedMedia } | { rejected: number; reason: string };

/**
 * Answers an offer (RFC 3264 section 6): takes the first audio stream that fits, in the offerer's order of codecs, and
 * refuses the others by port 0. rtcp-mux is not taken up, so RTCP stays on its own port.
 * @returns 400 where the offer is malformed; 488 where it wants SRTP or has no codec or address family in common with us.
 */
export function answerOffer(offer: string, local: LocalMedia): Answer {
  const description = readSessionDescription(offer);
  if (!description) return { rejected: BAD_REQUEST, reason: 'malformed SDP' };
  for (const section of description.media) {
    const media = negotiate(section, local, 'sendrecv');
    if (!media) continue;
    const sections = description.media.map((other) =>
      other === section ? audioSection(local, section.protocol, answered(media), media) : refusal(other),
    );
    return { sdp: describe(local, description.timing, sections), media };
  }
  return { rejected: NOT_ACCEPTABLE_HERE, reason: 'no codec, address or plain RTP audio in common' };
}

/** Our offer of one audio stream with all our codecs and DTMF (RFC 3264 section 5). */
export function createOffer(local: LocalMedia, options: { direction?: Direction } = {}): string {
  const formats: PayloadFormat[] = local.codecs.map((codec) => ({
    payloadType: PAYLOAD_TYPES[codec],
    encoding: codec,
    clockRateHz: CLOCK_RATE_HZ,
  }));
  formats.push(dtmfFormat(DTMF_PAYLOAD_TYPE));
  const { ptimeMs } = local;
  const section = audioSection(local, 'RTP/AVP', formats, {
    ptimeMs,
    direction: options.direction ?? 'sendrecv',
  });
  return describe(local, { start: 0, stop: 0 }, [section]);
}

/** Reads the answer to an offer that {@link createOffer} made of `local` with this direction (RFC 3264 section 7). */
export function readAnswer(
  answer: string,
  local: LocalMedia,
  options: { direction?: Direction } = {},
): ReadAnswer {
  const section = readSessionDescription(answer)?.media[0];
  if (!section) return { rejected: NOT_ACCEPTABLE_HERE, reason: 'malformed SDP in the answer' };
  if (section.port === 0) return { rejected: NOT_ACCEPTABLE_HERE, reason: 'the answer refuses our audio' };
  const media = negotiate(section, local, options.direction ?? 'sendrecv');
  return media ? { media } : { rejected: NOT_ACCEPTABLE_HERE, reason: 'no codec or address in common' };
}

function isAudioCodec(encoding: string): encoding is AudioCodec {
  return Object.hasOwn(PAYLOAD_TYPES, encoding);
}

/** Whether we can send there from our address. */
function isReachable(address: string, local: LocalMedia): boolean {
  return isIP(local.address) === 0 || NO_ADDRESSES.has(address) || isIP(address) === isIP(local.address);
}

/** What a peer's description and our side have in common; undefined for nothing. */
function negotiate(
  section: MediaSection,
  local: LocalMedia,
  ourDirection: Direction,
): NegotiatedMedia | undefined {
  const { kind, port, protocol, address, formats } = section;
  if (kind !== 'audio' || port === 0 || !PROTOCOLS.has(protocol)) return undefined;
  if (address === undefined || !isReachable(address, local)) return undefined;
  const isOurs = ({ encoding, clockRateHz }: PayloadFormat): boolean =>
    clockRateHz === CLOCK_RATE_HZ && isAudioCodec(encoding) && local.codecs.includes(encoding);
  const chosen = formats.find(isOurs);
  if (!chosen) return undefined;
  const dtmfPayloadType = payloadTypeOf(formats, 'TELEPHONE-EVENT');
  const comfortNoisePayloadType = payloadTypeOf(formats, 'CN');
  return {
    remoteAddress: address,
    remotePort: port,
    remoteRtcpPort: section.rtcpPort,
    codec: chosen.encoding as AudioCodec,
    payloadType: chosen.payloadType,
    ...(dtmfPayloadType !== undefined && { dtmfPayloadType }),
    ...(comfortNoisePayloadType !== undefined && { comfortNoisePayloadType }),
    ptimeMs: packetTimeMs(section, local.ptimeMs),
    direction: directionOf(section, ourDirection),
  };
}

function payloadTypeOf(formats: readonly PayloadFormat[], encoding: string): number | undefined {
  return formats.find((format) => format.encoding === encoding && format.clockRateHz === CLOCK_RATE_HZ)
    ?.payloadType;
}

function packetTimeMs({ ptimeMs, maxPtimeMs = MAX_PTIME_MS }: MediaSection, preferredMs: number): number {
  const wanted = Math.min(ptimeMs ?? preferredMs, maxPtimeMs, MAX_PTIME_MS);
  return Math.max(MIN_PTIME_MS, Math.floor(wanted / PTIME_STEP_MS) * PTIME_STEP_MS);
}

/** We send where both allow it and there is somewhere to send to; we receive where both allow it (RFC 3264 section 6.1). */
function directionOf(theirs: MediaSection, ours: Direction): Direction {
  const sends = (direction: Direction): boolean => direction === 'sendrecv' || direction === 'sendonly';
  const receives = (direction: Direction): boolean => direction === 'sendrecv' || direction === 'recvonly';
  const canSend = sends(ours) && receives(theirs.direction) && !NO_ADDRESSES.has(theirs.address ?? '');
  const canReceive = receives(ours) && sends(theirs.direction);
  if (canSend) return canReceive ? 'sendrecv' : 'sendonly';
  return canReceive ? 'recvonly' : 'inactive';
}

/** Formats of our answer: the one codec that is used, and DTMF under the offerer's number. */
function answered(media: NegotiatedMedia): PayloadFormat[] {
  const codec = { payloadType: media.payloadType, encoding: media.codec, clockRateHz: CLOCK_RATE_HZ };
  return media.dtmfPayloadType === undefined ? [codec] : [codec, dtmfFormat(media.dtmfPayloadType)];
}

function dtmfFormat(payloadType: number): PayloadFormat {
  return { payloadType, encoding: 'telephone-event', clockRateHz: CLOCK_RATE_HZ };
}

type WritableMedia = Parameters<typeof write>[0]['media'][number];

function audioSection(
  { port }: LocalMedia,
  protocol: string,
  formats: readonly PayloadFormat[],
  { ptimeMs, direction }: { ptimeMs: number; direction: Direction },
): WritableMedia {
  return {
    type: 'audio',
    port,
    protocol,
    payloads: formats.map(({ payloadType }) => payloadType).join(' '),
    rtp: formats.map(({ payloadType, encoding, clockRateHz }) => ({
      payload: payloadType,
      codec: encoding,
      rate: clockRateHz,
    })),
    fmtp: formats
      .filter(({ encoding }) => encoding === 'telephone-event')
      .map(({ payloadType }) => ({ payload: payloadType, config: DTMF_EVENTS })),
    ptime: ptimeMs,
    direction,
  };
}

function refusal({ kind, protocol, formatList }: MediaSection): WritableMedia {
  return { type: kind, port: 0, protocol, payloads: formatList || '0', rtp: [], fmtp: [] };
}

function describe(
  { address, sessionId, version }: LocalMedia,
  timing: { start: number; stop: number },
  media: WritableMedia[],
): string {
  if (address === '' || address.includes(' ') || breaksLine(address))
    throw new TypeError('malformed address for SDP');
  const ipVer = isIPv6(address) ? 6 : 4;
  return write({
    version: 0,
    origin: { username: ORIGIN_NAME, sessionId, sessionVersion: version, netType: 'IN', ipVer, address },
    name: '-',
    connection: { version: ipVer, ip: address },
    timing,
    media,
  });
}
