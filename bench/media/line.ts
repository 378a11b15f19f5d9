/** What a call of the media bench speaks on the wire, the same in the exchange and in the generator. */
import { AUDIO_FORMATS, prepareCodec } from '../../src/media/codecs/audio-format.ts';
import type { AudioCodec } from '../../src/media/media-session.ts';
import type { SrtpSuite } from '../../src/media/srtp/srtp-suite.ts';
import { FRAME_BYTES, type PacketFormat, PCMU_FORMAT, tone } from './rtp-packet.ts';

export type LineName = 'PCMU' | 'PCMU over SRTP' | 'Opus';

export interface Line {
  codec: AudioCodec;
  format: PacketFormat;
  suite?: SrtpSuite;
}

export const LINES: Readonly<Record<LineName, Line>> = {
  PCMU: { codec: 'PCMU', format: PCMU_FORMAT },
  'PCMU over SRTP': { codec: 'PCMU', format: PCMU_FORMAT, suite: 'AES_CM_128_HMAC_SHA1_80' },
  Opus: { codec: 'opus', format: { payloadType: 111, ticks: 6 * FRAME_BYTES } },
};

/** One master key and salt for both directions of all calls: of the measurement alone. */
export const BENCH_KEY = Buffer.alloc(30, 7);

/** 20 ms of a tone as the line writes it. */
export async function payloadOf({ codec }: Line): Promise<Uint8Array> {
  if (codec === 'PCMU') return tone();
  await prepareCodec(codec);
  const samples = Int16Array.from({ length: FRAME_BYTES }, (_, index) =>
    Math.round(8_000 * Math.sin((Math.PI * index) / 10)),
  );
  const encoder = AUDIO_FORMATS[codec].createEncoder();
  const bytes = new Uint8Array(FRAME_BYTES * 2);
  // The first packets of an encoder are not yet what it sends all the time.
  let length = 0;
  for (let i = 0; i < 10; i += 1) length = encoder.encode(samples, bytes, 0);
  encoder.close();
  return bytes.slice(0, length);
}
