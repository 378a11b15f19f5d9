import { isIP, isIPv6 } from 'node:net';
import { write } from 'sdp-transform';
import type { Secret } from '../../lib/secret.ts';
import { breaksLine } from '../message/characters.ts';
import {
  type AudioCodec,
  audioFormat,
  codecOf,
  eventBeside,
  eventFormat,
  offeredFormats,
  type WrittenFormat,
} from './audio-formats.ts';
import { type CryptoAttribute, type SrtpSuite, writtenCrypto } from './crypto-attribute.ts';
import { type Direction, type MediaSection, readSessionDescription } from './session-description.ts';
import type { SrtpKeys } from './srtp-keys.ts';

export type { AudioCodec } from './audio-formats.ts';
export type { Direction } from './session-description.ts';

/**
 * What we do about SRTP with keys in the SDP (RFC 4568): `accepted`: an offer with keys is answered with SRTP, our own
 * offers are plain; `offered`: our offers have keys, too, in a form that a peer without SRTP can answer; `required`: nothing
 * else will do.
 */
export type SrtpMode = 'off' | 'accepted' | 'offered' | 'required';

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
  codecs: readonly AudioCodec[];
  /** Whose order of codecs an answer of ours follows. Unset: the offerer's (RFC 3264 section 6.1). */
  codecOrder?: 'theirs' | 'ours';
  /** Unset: off. */
  srtp?: { mode: SrtpMode; keys: SrtpKeys };
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
  /** Clock of telephone-event; with its payload type. */
  dtmfClockRateHz?: number;
  comfortNoisePayloadType?: number;
  ptimeMs: number;
  direction: Direction;
  /** Keys of 30 octets each in base64, where the audio is SRTP. */
  srtp?: { suite: SrtpSuite; sendKey: Secret; receiveKey: Secret };
}

/** Packet times that we send; one outside is brought to the nearer end. */
export const MIN_PTIME_MS = 10;
export const MAX_PTIME_MS = 60;
/** Packets hold whole blocks of 10 ms. */
const PTIME_STEP_MS = 10;

/** Comfort noise in a stream of this clock alone. */
const COMFORT_NOISE_CLOCK_RATE_HZ = 8000;
/** RTP and SRTP; feedback messages of AVPF and SAVPF are optional to answer, so they are the same to us. */
const PLAIN_PROTOCOLS = new Set(['RTP/AVP', 'RTP/AVPF']);
const SECURE_PROTOCOLS = new Set(['RTP/SAVP', 'RTP/SAVPF']);
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
 * Answers an offer (RFC 3264 section 6): takes the first audio stream that fits and refuses the others by port 0. rtcp-mux is
 * not taken up, so RTCP stays on its own port.
 * @returns 400 where the offer is malformed; 488 where it has no codec, address family or kind of RTP in common with us.
 */
export function answerOffer(offer: string, local: LocalMedia): Answer {
  const description = readSessionDescription(offer);
  if (!description) return { rejected: BAD_REQUEST, reason: 'malformed SDP' };
  for (const section of description.media) {
    const found = negotiate(section, local, 'sendrecv', (offered) => local.srtp?.keys.answering(offered));
    if (!found) continue;
    const { media, theirs } = found;
    const crypto = theirs && media.srtp ? [{ ...theirs, key: media.srtp.sendKey }] : [];
    const sections = description.media.map((other) =>
      other === section
        ? audioSection(local, section.protocol, answered(media), { ...media, crypto })
        : refusal(other),
    );
    return { sdp: describe(local, description.timing, sections), media };
  }
  return { rejected: NOT_ACCEPTABLE_HERE, reason: 'no codec, address or kind of RTP audio in common' };
}

/** Our offer of one audio stream with all our codecs and DTMF (RFC 3264 section 5). */
export function createOffer(local: LocalMedia, options: { direction?: Direction } = {}): string {
  const { ptimeMs, srtp } = local;
  const hasKeys = srtp?.mode === 'offered' || srtp?.mode === 'required';
  const protocol = srtp?.mode === 'required' ? 'RTP/SAVP' : 'RTP/AVP';
  const section = audioSection(local, protocol, offeredFormats(local.codecs), {
    ptimeMs,
    direction: options.direction ?? 'sendrecv',
    crypto: hasKeys ? srtp.keys.offered() : [],
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
  const found = negotiate(section, local, options.direction ?? 'sendrecv', (key) =>
    local.srtp?.keys.answered(key),
  );
  if (found) return { media: found.media };
  return { rejected: NOT_ACCEPTABLE_HERE, reason: 'no codec, address or kind of RTP in common' };
}

/** Whether we can send there from our address. */
function isReachable(address: string, local: LocalMedia): boolean {
  return isIP(local.address) === 0 || NO_ADDRESSES.has(address) || isIP(address) === isIP(local.address);
}

/**
 * What a peer's description and our side have in common; undefined for nothing.
 * @param ownKey our key beside the peer's
 */
function negotiate(
  section: MediaSection,
  local: LocalMedia,
  ourDirection: Direction,
  ownKey: (theirs: CryptoAttribute) => Secret | undefined,
): { media: NegotiatedMedia; theirs: CryptoAttribute | undefined } | undefined {
  const { kind, port, address, formats } = section;
  if (kind !== 'audio' || port === 0) return undefined;
  if (address === undefined || !isReachable(address, local)) return undefined;
  const chosen = chooseCodec(section, local);
  const security = chosen && chooseSecurity(section, local.srtp?.mode ?? 'off');
  if (!security) return undefined;
  const { theirs } = security;
  const sendKey = theirs && ownKey(theirs);
  if (theirs && !sendKey) return undefined;
  const event = eventBeside(chosen.codec, formats);
  const comfortNoise = formats.find(
    ({ encoding, clockRateHz }) => encoding === 'CN' && clockRateHz === COMFORT_NOISE_CLOCK_RATE_HZ,
  );
  const media: NegotiatedMedia = {
    remoteAddress: address,
    remotePort: port,
    remoteRtcpPort: section.rtcpPort,
    ...chosen,
    ...(event && { dtmfPayloadType: event.payloadType, dtmfClockRateHz: event.clockRateHz }),
    ...(comfortNoise && { comfortNoisePayloadType: comfortNoise.payloadType }),
    ptimeMs: packetTimeMs(section, local.ptimeMs),
    direction: directionOf(section, ourDirection),
    ...(theirs && sendKey && { srtp: { suite: theirs.suite, sendKey, receiveKey: theirs.key } }),
  };
  return { media, theirs };
}

function chooseCodec(
  { formats }: MediaSection,
  { codecs, codecOrder = 'theirs' }: LocalMedia,
): { codec: AudioCodec; payloadType: number } | undefined {
  const common = formats.flatMap((format) => {
    const codec = codecOf(format);
    return codec && codecs.includes(codec) ? [{ codec, payloadType: format.payloadType }] : [];
  });
  if (codecOrder === 'theirs') return common[0];
  return common.toSorted((one, other) => codecs.indexOf(one.codec) - codecs.indexOf(other.codec))[0];
}

/** Plain RTP or SRTP with one of the peer's keys; undefined where neither will do. Keys beside plain RTP are a choice. */
function chooseSecurity(
  { protocol, crypto }: MediaSection,
  mode: SrtpMode,
): { theirs: CryptoAttribute | undefined } | undefined {
  const isSecure = SECURE_PROTOCOLS.has(protocol);
  if (!isSecure && !PLAIN_PROTOCOLS.has(protocol)) return undefined;
  const theirs = mode === 'off' ? undefined : crypto[0];
  if (theirs) return { theirs };
  return isSecure || mode === 'required' ? undefined : { theirs };
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

/** Formats of our answer: the one codec that is used, and DTMF, both under the offerer's numbers. */
function answered({
  codec,
  payloadType,
  dtmfPayloadType,
  dtmfClockRateHz,
}: NegotiatedMedia): WrittenFormat[] {
  const format = audioFormat(codec, payloadType);
  if (dtmfPayloadType === undefined || dtmfClockRateHz === undefined) return [format];
  return [format, eventFormat(dtmfClockRateHz, dtmfPayloadType)];
}

type WritableMedia = Parameters<typeof write>[0]['media'][number];

function audioSection(
  { port }: LocalMedia,
  protocol: string,
  formats: readonly WrittenFormat[],
  {
    ptimeMs,
    direction,
    crypto,
  }: { ptimeMs: number; direction: Direction; crypto: readonly CryptoAttribute[] },
): WritableMedia {
  return {
    type: 'audio',
    port,
    protocol,
    payloads: formats.map(({ payloadType }) => payloadType).join(' '),
    rtp: formats.map(({ payloadType, encoding, clockRateHz, channels }) => ({
      payload: payloadType,
      codec: encoding,
      rate: clockRateHz,
      ...(channels > 1 && { encoding: channels }),
    })),
    fmtp: formats.flatMap(({ payloadType, parameters }) =>
      parameters === undefined ? [] : [{ payload: payloadType, config: parameters }],
    ),
    ...(crypto.length > 0 && { crypto: crypto.map(writtenCrypto) }),
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
