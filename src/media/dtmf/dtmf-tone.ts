import { SAMPLE_RATE_HZ } from '../media-session.ts';

/** Low and high tone of each key's row and column (ITU-T Q.23), keys in the order of their event codes. */
const ROW_HZ = [697, 770, 852, 941] as const;
const COLUMN_HZ = [1209, 1336, 1477, 1633] as const;
const PLACES = [
  '31',
  '00',
  '01',
  '02',
  '10',
  '11',
  '12',
  '20',
  '21',
  '22',
  '30',
  '32',
  '03',
  '13',
  '23',
  '33',
];
/** Of each tone: about -10 dBm0, so that the two together do not clip. */
const AMPLITUDE = 6000;

/** The two frequencies of a key by its event code. */
export function dtmfFrequencies(code: number): [low: number, high: number] {
  const place = PLACES[code] as string;
  return [ROW_HZ[Number(place[0])] as number, COLUMN_HZ[Number(place[1])] as number];
}

/** Writes a key's tone into `out`, going on from sample `from` of it: for peers that know no telephone-event. */
export function writeDtmfTone(out: Int16Array, code: number, from: number): void {
  const [low, high] = dtmfFrequencies(code);
  for (let i = 0; i < out.length; i += 1) {
    const angle = (2 * Math.PI * (from + i)) / SAMPLE_RATE_HZ;
    out[i] = Math.round(AMPLITUDE * (Math.sin(angle * low) + Math.sin(angle * high)));
  }
}
