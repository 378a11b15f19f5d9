import type { PayloadFormat } from './session-description.ts';

export type AudioCodec = 'PCMU' | 'PCMA' | 'G722' | 'opus';

/** A codec as SDP writes it. */
interface AudioFormat {
  /** The static type, or the dynamic one that we offer. */
  payloadType: number;
  encoding: string;
  clockRateHz: number;
  channels: number;
  parameters?: string;
}

/**
 * G.722 samples at 16 kHz, yet its clock is 8000 by an old error (RFC 3551 section 4.5.2). Opus is always written as
 * 48000/2 (RFC 7587 section 7); we hear and speak telephone bandwidth in it and can use what repairs a loss.
 */
const AUDIO_FORMATS: Readonly<Record<AudioCodec, AudioFormat>> = {
  PCMU: { payloadType: 0, encoding: 'PCMU', clockRateHz: 8000, channels: 1 },
  PCMA: { payloadType: 8, encoding: 'PCMA', clockRateHz: 8000, channels: 1 },
  G722: { payloadType: 9, encoding: 'G722', clockRateHz: 8000, channels: 1 },
  opus: {
    payloadType: 111,
    encoding: 'opus',
    clockRateHz: 48_000,
    channels: 2,
    parameters: 'maxplaybackrate=8000;sprop-maxcapturerate=8000;useinbandfec=1',
  },
};

/** Dynamic types of telephone-event that we offer, by clock, and its keys 0 to 9, *, #, A to D (RFC 4733). */
const EVENT_PAYLOAD_TYPES: Readonly<Record<number, number>> = { 8000: 101, 48000: 110 };
const EVENT_CLOCK_RATE_HZ = 8000;
/** What audio is sampled with. A telephone-event of another clock is none that could be counted. */
const CLOCK_RATES_HZ = { from: 8_000, to: 192_000 };
const EVENT_ENCODING = 'telephone-event';
const EVENT_PARAMETERS = '0-15';

/** A format with what its `a=fmtp` says. */
export interface WrittenFormat extends Omit<PayloadFormat, 'channels'> {
  channels: number;
  parameters: string | undefined;
}

/** The codec that a format of a peer is; undefined for none that we know. */
export function codecOf({ encoding, clockRateHz, channels }: PayloadFormat): AudioCodec | undefined {
  const known = Object.entries(AUDIO_FORMATS).find(
    ([, format]) =>
      format.encoding.toUpperCase() === encoding &&
      format.clockRateHz === clockRateHz &&
      format.channels === channels,
  );
  return known?.[0] as AudioCodec | undefined;
}

/** A codec under the payload type that is settled, or under our own. */
export function audioFormat(codec: AudioCodec, payloadType?: number): WrittenFormat {
  const { parameters, ...format } = AUDIO_FORMATS[codec];
  return { ...format, payloadType: payloadType ?? format.payloadType, parameters };
}

export function clockRateOf(codec: AudioCodec): number {
  return AUDIO_FORMATS[codec].clockRateHz;
}

/** telephone-event with this clock, under the payload type that is settled, or under our own. */
export function eventFormat(clockRateHz: number, payloadType?: number): WrittenFormat {
  return {
    payloadType: payloadType ?? (EVENT_PAYLOAD_TYPES[clockRateHz] as number),
    encoding: EVENT_ENCODING,
    clockRateHz,
    channels: 1,
    parameters: EVENT_PARAMETERS,
  };
}

/**
 * All that we offer: the codecs in order, then telephone-event with each clock that one of them has, and with 8000 in any
 * case, for many peers know it with no other.
 */
export function offeredFormats(codecs: readonly AudioCodec[]): WrittenFormat[] {
  const clocks = new Set([EVENT_CLOCK_RATE_HZ, ...codecs.map(clockRateOf)]);
  return [
    ...codecs.map((codec) => audioFormat(codec)),
    ...[...clocks].map((clockRateHz) => eventFormat(clockRateHz)),
  ];
}

/**
 * The telephone-event to use beside a codec: the one with its clock, as RFC 4733 section 2.1 has it; else any, which peers
 * send that know no other clock than 8000.
 */
export function eventBeside(codec: AudioCodec, formats: readonly PayloadFormat[]): PayloadFormat | undefined {
  const events = formats.filter(
    ({ encoding, clockRateHz }) =>
      encoding === EVENT_ENCODING.toUpperCase() &&
      Number.isInteger(clockRateHz) &&
      clockRateHz >= CLOCK_RATES_HZ.from &&
      clockRateHz <= CLOCK_RATES_HZ.to,
  );
  return events.find(({ clockRateHz }) => clockRateHz === clockRateOf(codec)) ?? events[0];
}
