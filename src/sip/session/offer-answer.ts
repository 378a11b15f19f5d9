import { isIP } from 'node:net';
import { type MediaDescription, parse, type SessionDescription, write } from 'sdp-transform';

/** Codecs we speak, with their static payload types (RFC 3551 table 4). */
const STATIC_PAYLOAD_TYPES = { PCMU: 0, PCMA: 8 } as const;
const COMFORT_NOISE = 13;
/** Payload type that we offer for telephone-event; by custom the one that everybody offers. */
const OUR_DTMF_PAYLOAD_TYPE = 101;
const CLOCK_RATE_HZ = 8000;
/** Packet times that we send, in milliseconds (RFC 3551 section 4.2 takes 20 as the default). */
const MIN_PTIME_MS = 10;
const MAX_PTIME_MS = 60;
const DEFAULT_PTIME_MS = 20;
/** Caps before the parser sees an SDP: real ones have some 20 lines, WebRTC's a few hundred. */
const MAX_SDP_BYTES = 32 * 1024;
const MAX_SDP_LINES = 500;
const MAX_SDP_LINE_LENGTH = 1024;
/** Not Acceptable Here (RFC 3261 section 13.3.1.3). */
const NOT_ACCEPTABLE_HERE = 488;
const BAD_REQUEST = 400;

export type AudioCodec = keyof typeof STATIC_PAYLOAD_TYPES;
export type Direction = 'sendrecv' | 'sendonly' | 'recvonly' | 'inactive';

/** Our side of the description. */
export interface LocalMedia {
  /** Address put into `c=`; IPv6 without brackets. */
  address: string;
  port: number;
  /** `o=` session id and version: the version rises with each new description (RFC 3264 section 8). */
  sessionId: number;
  version: number;
  /** The dearest first. */
  codecs: AudioCodec[];
  ptimeMs: number;
}

/** What offer and answer settled for audio, seen from our side. */
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

export type Answer = { sdp: string; media: NegotiatedMedia } | { rejected: number; reason: string };
export type ReadAnswer = { media: NegotiatedMedia } | { rejected: number; reason: string };

/** Answers an offer (RFC 3264 section 6): the first audio stream that we can carry; all others are refused by port 0. */
export function answerOffer(offer: string, local: LocalMedia): Answer {
  const remote = parseSdp(offer);
  if (!remote) return { rejected: BAD_REQUEST, reason: 'malformed SDP' };
  const index = remote.media.findIndex((stream) => isPlainAudio(stream));
  const stream = remote.media[index];
  if (!stream) return { rejected: NOT_ACCEPTABLE_HERE, reason: 'no plain RTP audio is offered' };
  const media = negotiate(remote, stream, local);
  if (!media) return { rejected: NOT_ACCEPTABLE_HERE, reason: 'no codec or address in common' };
  const payloadTypes = [media.payloadType, media.comfortNoisePayloadType, media.dtmfPayloadType];
  const answered = describe(
    local,
    media.direction,
    [[media.codec, media.payloadType]],
    payloadTypes.slice(1),
    media.ptimeMs,
  );
  const streams = remote.media.map((other, at) => (at === index ? answered : refused(other)));
  return { sdp: write({ ...session(local), media: streams }), media };
}

/** Offers all our codecs, telephone-event and nothing else. */
export function createOffer(local: LocalMedia, { direction = 'sendrecv' as Direction } = {}): string {
  const codecs = local.codecs.map((codec): [AudioCodec, number] => [codec, STATIC_PAYLOAD_TYPES[codec]]);
  const stream = describe(local, direction, codecs, [undefined, OUR_DTMF_PAYLOAD_TYPE], local.ptimeMs);
  return write({ ...session(local), media: [stream] });
}

/** Reads the answer to an offer of ours, which had this direction. */
export function readAnswer(
  answer: string,
  local: LocalMedia,
  { direction = 'sendrecv' as Direction } = {},
): ReadAnswer {
  const remote = parseSdp(answer);
  const stream = remote?.media[0];
  if (!remote || !stream) return { rejected: NOT_ACCEPTABLE_HERE, reason: 'malformed SDP in the answer' };
  if (!isPlainAudio(stream)) return { rejected: NOT_ACCEPTABLE_HERE, reason: 'the answer refuses our audio' };
  const media = negotiate(remote, stream, local);
  if (!media) return { rejected: NOT_ACCEPTABLE_HERE, reason: 'no codec or address in common' };
  return { media: { ...media, direction: narrowed(media.direction, direction) } };
}

function parseSdp(text: string): SessionDescription | undefined {
  if (text.length === 0 || text.length > MAX_SDP_BYTES) return undefined;
  const lines = text.split(/\r?\n/);
  if (lines.length > MAX_SDP_LINES || lines.some((line) => line.length > MAX_SDP_LINE_LENGTH))
    return undefined;
  if (!text.startsWith('v=0')) return undefined;
  try {
    return parse(text);
  } catch {
    return undefined; // the parser throws on some malformed attributes; to us they are all one
  }
}

function isPlainAudio({ type, protocol, port }: MediaDescription): boolean {
  return type === 'audio' && (protocol === 'RTP/AVP' || protocol === 'RTP/AVPF') && isPort(port);
}

function isPort(port: unknown): port is number {
  return typeof port === 'number' && Number.isInteger(port) && port > 0 && port <= 65_535;
}

function negotiate(
  remote: SessionDescription,
  stream: MediaDescription,
  local: LocalMedia,
): NegotiatedMedia | undefined {
  const address = stream.connection?.ip ?? remote.connection?.ip;
  if (!address || isIP(address) === 0) return undefined;
  const chosen = chooseCodec(stream, local.codecs);
  if (!chosen) return undefined;
  const dtmf = dtmfPayloadType(stream);
  const hasComfortNoise = payloadTypesOf(stream).includes(COMFORT_NOISE);
  const rtcpPort = stream.rtcp?.port;
  return {
    remoteAddress: address,
    remotePort: stream.port,
    remoteRtcpPort: isPort(rtcpPort) ? rtcpPort : Math.min(stream.port + 1, 65_535),
    ...chosen,
    ...(dtmf !== undefined && { dtmfPayloadType: dtmf }),
    ...(hasComfortNoise && { comfortNoisePayloadType: COMFORT_NOISE }),
    ptimeMs: ptimeOf(stream, local.ptimeMs),
    direction: directionOf(remote, stream, address),
  };
}

/** The offerer's order wins (RFC 3264 section 6.1), among the codecs that we have. */
function chooseCodec(
  stream: MediaDescription,
  ours: AudioCodec[],
): { codec: AudioCodec; payloadType: number } | undefined {
  for (const payloadType of payloadTypesOf(stream)) {
    const mapped = stream.rtp.find((entry) => entry.payload === payloadType);
    const codec = ours.find((name) =>
      mapped
        ? mapped.codec.toUpperCase() === name &&
          (mapped.rate ?? CLOCK_RATE_HZ) === CLOCK_RATE_HZ &&
          isMono(mapped.encoding)
        : STATIC_PAYLOAD_TYPES[name] === payloadType,
    );
    if (codec) return { codec, payloadType };
  }
  return undefined;
}

function isMono(channels: number | undefined): boolean {
  return channels === undefined || channels === 1;
}

function dtmfPayloadType(stream: MediaDescription): number | undefined {
  return stream.rtp.find(
    ({ codec, rate, payload }) =>
      codec.toLowerCase() === 'telephone-event' && rate === CLOCK_RATE_HZ && payload >= 0 && payload <= 127,
  )?.payload;
}

function payloadTypesOf({ payloads }: MediaDescription): number[] {
  return String(payloads ?? '')
    .split(' ')
    .filter((text) => /^\d{1,3}$/.test(text))
    .map(Number)
    .filter((payloadType) => payloadType <= 127);
}

function ptimeOf({ ptime, maxptime }: MediaDescription, ours: number): number {
  const wanted = isPositive(ptime) ? ptime : (ours ?? DEFAULT_PTIME_MS);
  const most = isPositive(maxptime) ? Math.min(maxptime, MAX_PTIME_MS) : MAX_PTIME_MS;
  const clamped = Math.max(MIN_PTIME_MS, Math.min(wanted, most));
  return Math.floor(clamped / MIN_PTIME_MS) * MIN_PTIME_MS;
}

function isPositive(value: unknown): value is number {
  return typeof value === 'number' && Number.isFinite(value) && value > 0;
}

const MIRRORED: Record<Direction, Direction> = {
  sendrecv: 'sendrecv',
  sendonly: 'recvonly',
  recvonly: 'sendonly',
  inactive: 'inactive',
};

/** Our direction: the mirror of the peer's; `c=0.0.0.0` is the old form of hold (RFC 3264 section 8.4). */
function directionOf(remote: SessionDescription, stream: MediaDescription, address: string): Direction {
  const theirs = (stream.direction ?? remote.direction ?? 'sendrecv') as Direction;
  const ours = MIRRORED[theirs] ?? 'sendrecv';
  if (address !== '0.0.0.0') return ours;
  return ours === 'sendrecv' || ours === 'recvonly' ? 'recvonly' : 'inactive';
}

/** What both sides allow. */
function narrowed(a: Direction, b: Direction): Direction {
  const sends = (direction: Direction) => direction === 'sendrecv' || direction === 'sendonly';
  const receives = (direction: Direction) => direction === 'sendrecv' || direction === 'recvonly';
  const send = sends(a) && sends(b);
  const receive = receives(a) && receives(b);
  if (send) return receive ? 'sendrecv' : 'sendonly';
  return receive ? 'recvonly' : 'inactive';
}

function session(local: LocalMedia): Omit<SessionDescription, 'media'> {
  const version = isIP(local.address) === 6 ? 6 : 4;
  return {
    version: 0,
    origin: {
      username: 'offhook',
      sessionId: local.sessionId,
      sessionVersion: local.version,
      netType: 'IN',
      ipVer: version,
      address: local.address,
    },
    name: '-',
    connection: { version, ip: local.address },
    timing: { start: 0, stop: 0 },
  } as Omit<SessionDescription, 'media'>;
}

function describe(
  local: LocalMedia,
  direction: Direction,
  codecs: [AudioCodec, number][],
  [comfortNoise, dtmf]: (number | undefined)[],
  ptimeMs: number,
): MediaDescription {
  const rtp = codecs.map(([codec, payload]) => ({ payload, codec, rate: CLOCK_RATE_HZ }));
  if (comfortNoise !== undefined)
    rtp.push({ payload: comfortNoise, codec: 'CN' as AudioCodec, rate: CLOCK_RATE_HZ });
  if (dtmf !== undefined)
    rtp.push({ payload: dtmf, codec: 'telephone-event' as AudioCodec, rate: CLOCK_RATE_HZ });
  return {
    type: 'audio',
    port: local.port,
    protocol: 'RTP/AVP',
    payloads: rtp.map(({ payload }) => payload).join(' '),
    rtp,
    fmtp: dtmf === undefined ? [] : [{ payload: dtmf, config: '0-15' }],
    ptime: ptimeMs,
    direction,
  };
}

/** A stream that we do not take: the same line with port 0 (RFC 3264 section 6). */
function refused({ type, protocol, payloads }: MediaDescription): MediaDescription {
  return { type, port: 0, protocol, payloads: String(payloads ?? '0'), rtp: [], fmtp: [] };
}
