/** A stretch of the audio that the decoder took for one word, or for silence or noise. */
export interface HeardWord {
  word: string;
  /** Length in frames of 10 ms. */
  frames: number;
  /**
   * Acoustic score per frame. With all senones computed it is relative to the best-fitting sound of each frame: 0 is a
   * perfect fit, far below is speech that was forced into the word.
   */
  fit: number;
}

export interface Hypothesis {
  /** Lower case, without punctuation; empty when nothing was understood. */
  text: string;
  words: HeardWord[];
}

/**
 * Reads one line of pocketsphinx_batch's `-hypseg` output:
 * `id S <scale> T <total> A <acoustic> L <language> <first frame> (<acoustic> <language> <word> <end frame>)*`.
 * @throws when the line is something else.
 */
export function parseHypothesis(line: string): { id: string; hypothesis: Hypothesis } {
  const fields = line.trim().split(/\s+/);
  const [id = ''] = fields;
  if (fields[1] !== 'S' || fields[3] !== 'T' || fields[5] !== 'A' || fields[7] !== 'L') {
    throw new Error('not a segmented hypothesis');
  }
  const words: HeardWord[] = [];
  let start = Number(fields[9] ?? 0);
  for (let at = 10; at + 3 < fields.length; at += 4) {
    const end = Number(fields[at + 3]);
    const word = fields[at + 2] ?? '';
    const frames = Math.max(1, end - start);
    const score = Number(fields[at]);
    if (!Number.isFinite(score) || !Number.isFinite(end)) throw new Error('a score is no number');
    start = end;
    // <s>, </s>, <sil>, [NOISE], ++SPEECH++: not words.
    if (/^[<[+]/.test(word)) continue;
    words.push({ word: word.replace(/\(\d+\)$/, ''), frames, fit: score / frames });
  }
  return { id, hypothesis: { text: words.map(({ word }) => word).join(' '), words } };
}
