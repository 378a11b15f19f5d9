/** One companding law as tables: 256 decoded values, and an octet for each 16-bit sample (index `sample & 0xffff`). */
export interface G711Law {
  readonly decoded: Int16Array;
  readonly encoded: Uint8Array;
  /** The octet of digital silence. */
  readonly silence: number;
}

const MU_BIAS = 0x84;
const MU_CLIP = 32_635;

function decodeMu(octet: number): number {
  const code = ~octet & 0xff;
  const magnitude = ((((code & 0x0f) << 3) + MU_BIAS) << ((code & 0x70) >> 4)) - MU_BIAS;
  return code & 0x80 ? -magnitude : magnitude;
}

function encodeMu(sample: number): number {
  const sign = sample < 0 ? 0x80 : 0;
  const magnitude = Math.min(Math.abs(sample), MU_CLIP) + MU_BIAS;
  const segment = 24 - Math.clz32(magnitude);
  return ~(sign | (segment << 4) | ((magnitude >> (segment + 3)) & 0x0f)) & 0xff;
}

/** Every second bit of an A-law octet is inverted on the line (G.711 section 3.2, table 1a note 2). */
const A_EVEN_BITS = 0x55;

function decodeA(octet: number): number {
  const code = octet ^ A_EVEN_BITS;
  const segment = (code & 0x70) >> 4;
  const step = ((code & 0x0f) << 4) + 8;
  const magnitude = segment === 0 ? step : (step + 0x100) << (segment - 1);
  return code & 0x80 ? magnitude : -magnitude;
}

function encodeA(sample: number): number {
  const sign = sample < 0 ? 0 : 0x80;
  const magnitude = (sample < 0 ? -sample - 1 : sample) >> 4;
  const segment = magnitude < 0x10 ? 0 : 28 - Math.clz32(magnitude);
  const mantissa = (segment < 2 ? magnitude : magnitude >> (segment - 1)) & 0x0f;
  return (sign | (segment << 4) | mantissa) ^ A_EVEN_BITS;
}

function tabulate(decode: (octet: number) => number, encode: (sample: number) => number): G711Law {
  const decoded = Int16Array.from({ length: 0x100 }, (_, octet) => decode(octet));
  const encoded = Uint8Array.from({ length: 0x10000 }, (_, index) => encode((index << 16) >> 16));
  return { decoded, encoded, silence: encode(0) };
}

/** ITU-T G.711 as tables; the companding itself costs one look-up a sample. */
export const G711: Readonly<Record<'PCMU' | 'PCMA', G711Law>> = {
  PCMU: tabulate(decodeMu, encodeMu),
  PCMA: tabulate(decodeA, encodeA),
};

/** Decodes `length` octets of `payload` from `offset` into `out`. */
export function decodeG711(
  law: G711Law,
  payload: Uint8Array,
  offset: number,
  length: number,
  out: Int16Array,
): void {
  const { decoded } = law;
  for (let i = 0; i < length; i += 1) out[i] = decoded[payload[offset + i] as number] as number;
}

/** Encodes all of `samples` into `payload` at `offset`. */
export function encodeG711(law: G711Law, samples: Int16Array, payload: Uint8Array, offset: number): void {
  const { encoded } = law;
  for (let i = 0; i < samples.length; i += 1)
    payload[offset + i] = encoded[(samples[i] as number) & 0xffff] as number;
}
