import { decodeG711, encodeG711, G711 } from '../media/codecs/g711.ts';

/** G.711 mu-law as speech vendors exchange it: 8 kHz, one byte a sample. */
export function decodeMuLaw(bytes: Uint8Array): Int16Array {
  const samples = new Int16Array(bytes.length);
  decodeG711(G711.PCMU, bytes, 0, bytes.length, samples);
  return samples;
}

export function encodeMuLaw(samples: Int16Array): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(samples.length);
  encodeG711(G711.PCMU, samples, bytes, 0);
  return bytes;
}
