export interface Wave {
  sampleRateHz: number;
  samples: Int16Array;
}

/**
 * Reads a canonical WAVE file: 16-bit PCM, mono.
 * @throws when it is anything else.
 */
export function readWave(bytes: Uint8Array): Wave {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const tag = (at: number) => String.fromCharCode(...bytes.subarray(at, at + 4));
  if (bytes.length < 44 || tag(0) !== 'RIFF' || tag(8) !== 'WAVE' || tag(12) !== 'fmt ') {
    throw new Error('not a WAVE file');
  }
  if (view.getUint16(20, true) !== 1 || view.getUint16(22, true) !== 1 || view.getUint16(34, true) !== 16) {
    throw new Error('not 16-bit mono PCM');
  }
  if (tag(36) !== 'data') throw new Error('no audio behind the format');
  const length = Math.min(view.getUint32(40, true), bytes.length - 44) >> 1;
  const samples = new Int16Array(length);
  for (let index = 0; index < length; index += 1) samples[index] = view.getInt16(44 + index * 2, true);
  return { sampleRateHz: view.getUint32(24, true), samples };
}
