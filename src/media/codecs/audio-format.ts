import type { AudioCodec } from '../media-session.ts';
import type { AudioDecoder, AudioEncoder } from './audio-codec.ts';
import { G711 } from './g711.ts';
import { G711Codec } from './g711-codec.ts';
import { G722AudioDecoder, G722AudioEncoder } from './g722-codec.ts';
import { OpusAudioDecoder, OpusAudioEncoder } from './opus-codec.ts';
import { loadedOpus, loadOpus, type OpusLibrary } from './opus-library.ts';

/** How a codec stands in RTP, and what makes its two directions. */
export interface AudioFormat {
  /** Units of the RTP timestamp in one sample of 8 kHz. G.722 has one, by an old error (RFC 3551 section 4.5.2). */
  ticksPerSample: number;
  /** What a packet decodes to depends on those before it. */
  isOrdered: boolean;
  /** @throws {Error} for a codec that {@link prepareCodec} has not yet brought */
  createEncoder(): AudioEncoder;
  createDecoder(): AudioDecoder;
}

const muLaw = new G711Codec(G711.PCMU);
const aLaw = new G711Codec(G711.PCMA);

export const AUDIO_FORMATS: Readonly<Record<AudioCodec, AudioFormat>> = {
  PCMU: { ticksPerSample: 1, isOrdered: false, createEncoder: () => muLaw, createDecoder: () => muLaw },
  PCMA: { ticksPerSample: 1, isOrdered: false, createEncoder: () => aLaw, createDecoder: () => aLaw },
  G722: {
    ticksPerSample: 1,
    isOrdered: true,
    createEncoder: () => new G722AudioEncoder(),
    createDecoder: () => new G722AudioDecoder(),
  },
  opus: {
    ticksPerSample: 6,
    isOrdered: true,
    createEncoder: () => new OpusAudioEncoder(opus()),
    createDecoder: () => new OpusAudioDecoder(opus()),
  },
};

/** Brings what a codec needs. @returns undefined where it can be used at once. */
export function prepareCodec(codec: AudioCodec): Promise<unknown> | undefined {
  return codec === 'opus' && !loadedOpus() ? loadOpus() : undefined;
}

function opus(): OpusLibrary {
  const library = loadedOpus();
  if (!library) throw new Error('libopus is not loaded yet.');
  return library;
}
