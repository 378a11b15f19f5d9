import { FRAME_SAMPLES } from '../media-session.ts';
import { TimestampRuns } from './timestamp-runs.ts';

/**
 * Samples held at most, a power of two: the longest delay, a packet above it, and behind what is to be played the frame
 * that covers a loss.
 */
const RING_SAMPLES = 4096;
const RING_MASK = RING_SAMPLES - 1;
/** How far behind what is to be played a frame still lies in the ring, and is a likeness of what is lost: 192 ms. */
const LIKENESS_SAMPLES = 1536;
/** Audio that lies in the buffer before it is played: two frames, 40 ms. */
const PREFILL_SAMPLES = 2 * FRAME_SAMPLES;
/** Bound of the delay that jitter may make us add: 200 ms; more makes talk stumble worse than a loss does. */
export const MAX_DELAY_SAMPLES = 1600;
/** Further from its place than this, 500 ms, a packet belongs to another time line. */
const JUMP_SAMPLES = 4000;
/** A loss is covered by the last frame, fading over 60 ms; beyond it sounds like a robot. */
const FADE_SAMPLES = 480;
/** Packets over which a surplus of delay must show before it is taken back: about a second. */
const SURPLUS_PACKETS = 50;
/** Frames that a surplus waits for a pause to be cut in: two seconds. */
const SURPLUS_PATIENCE = 100;
/** Mean magnitude below which a frame may be left out unheard. */
const QUIET_LEVEL = 64;

/**
 * Puts received audio in the order and pace of its timestamps. Packets of any length go in; frames of
 * {@link FRAME_SAMPLES} come out, one at each call. The delay grows where packets come after their turn and shrinks
 * where none of it is needed, which also follows a sender whose clock runs fast or slow. Timestamps are kept with a sign:
 * so each is a small integer and no number on the heap, of which several would be looked up for each frame.
 */
export class JitterBuffer {
  /** Packets that came after their turn. */
  late = 0;
  readonly #ring = new Int16Array(RING_SAMPLES);
  /** What of the ring is still to be played. */
  readonly #present = new TimestampRuns();
  /** Timestamp of the last whole frame that was played, which still lies in the ring. */
  #lastFrameAt: number | undefined;
  #playing = false;
  /** Timestamp of the next sample to be played. */
  #playAt = 0;
  /** Timestamp after the newest sample that lies here. */
  #newestEnd = 0;
  /** Timestamp after the last real sample that was played: time cannot be turned back beyond it. */
  #playedEnd = 0;
  #concealed = 0;
  /** The sender said that it pauses: what is absent is silence. */
  #paused = false;
  /** Where a packet far off our time line would go on, were it the start of a new one. */
  #jumpTo: number | undefined;
  #leastLead = RING_SAMPLES;
  #leadCount = 0;
  #surplus = false;
  #surplusAge = 0;

  /** Samples between the next to be played and the newest. */
  get depth(): number {
    return this.#playing ? Math.max(0, (this.#newestEnd - this.#playAt) | 0) : 0;
  }

  /** Timestamp after the newest audio; undefined while none is awaited. */
  get end(): number | undefined {
    return this.#playing ? this.#newestEnd : undefined;
  }

  /** Forgets all, as on a new SSRC; the next packet starts anew. */
  reset(): void {
    this.#present.clear();
    this.#playing = false;
    this.#concealed = 0;
    this.#paused = false;
    this.#jumpTo = undefined;
    this.#clearSurplus();
  }

  /** The sender pauses (comfort noise, a key in place of audio): no concealment until audio comes again. */
  pause(): void {
    this.#paused = true;
  }

  /**
   * Takes a packet's audio, the first `count` of `samples`.
   * @param jitter the present estimate in samples, for the delay to begin with
   */
  insert(timestamp: number, samples: Int16Array, count: number, jitter: number): void {
    if (this.#playing && this.#paused && this.depth === 0) this.#playing = false;
    this.#paused = false;
    if (!this.#playing) this.#start(timestamp, count, jitter);
    let lead = (timestamp - this.#playAt) | 0;
    if (Math.abs(lead) > JUMP_SAMPLES) {
      if (this.#jumpTo !== (timestamp | 0)) {
        this.#jumpTo = (timestamp + count) | 0;
        this.late += 1;
        return;
      }
      this.reset();
      this.#start(timestamp, count, jitter);
      lead = (timestamp - this.#playAt) | 0;
    }
    this.#jumpTo = undefined;
    if (lead > MAX_DELAY_SAMPLES) lead = this.#skipTo(timestamp, count);
    if (lead < 0) lead = this.#wait(timestamp, count, lead);
    if (lead + count <= 0) {
      this.late += 1;
      return;
    }
    this.#write(timestamp, samples, Math.max(0, -lead), count);
    this.#watchSurplus(lead);
  }

  /** Writes the next frame into `out`: audio, or what covers its absence. */
  pull(out: Int16Array): void {
    if (!this.#playing) {
      out.fill(0);
      return;
    }
    if (this.#surplus) this.#cutSurplus();
    const end = (this.#playAt + FRAME_SAMPLES) | 0;
    const isWhole = this.#present.covers(this.#playAt, end);
    if (isWhole) this.#takeWhole(out);
    else this.#takePieces(out);
    this.#present.dropBefore(end);
    this.#playAt = end;
    if (isWhole) return;
    // The stream has ended for the ear: what comes next starts with a new prefill, wherever its clock stands.
    if (this.depth === 0 && (this.#paused || this.#concealed >= FADE_SAMPLES)) this.#playing = false;
  }

  #takeWhole(out: Int16Array): void {
    const ring = this.#ring;
    const from = this.#playAt;
    for (let i = 0; i < FRAME_SAMPLES; i += 1) out[i] = ring[(from + i) & RING_MASK] as number;
    this.#concealed = 0;
    this.#playedEnd = (from + FRAME_SAMPLES) | 0;
    this.#lastFrameAt = from;
  }

  /** Takes what there is of the next frame, and covers what is absent. */
  #takePieces(out: Int16Array): void {
    for (let i = 0; i < FRAME_SAMPLES; i += 1) {
      const at = (this.#playAt + i) | 0;
      const behind = (at + 1) | 0;
      if (this.#present.covers(at, behind)) {
        out[i] = this.#ring[at & RING_MASK] as number;
        this.#concealed = 0;
        this.#playedEnd = behind;
      } else {
        out[i] = this.#conceal(i);
      }
    }
  }

  #start(timestamp: number, count: number, jitter: number): void {
    const wanted = Math.max(PREFILL_SAMPLES, count + FRAME_SAMPLES, count + Math.ceil(2 * jitter));
    this.#playAt = (timestamp + count - Math.min(wanted, MAX_DELAY_SAMPLES)) | 0;
    this.#playedEnd = this.#playAt;
    this.#newestEnd = this.#playAt;
    this.#playing = true;
    this.#concealed = FADE_SAMPLES;
    this.#lastFrameAt = undefined;
    this.#clearSurplus();
  }

  /** Too much lies here (we or the network stood still): jumps forward to where the usual delay begins. */
  #skipTo(timestamp: number, count: number): number {
    this.#present.clear();
    this.#playAt = (timestamp + count - Math.max(PREFILL_SAMPLES, count + FRAME_SAMPLES)) | 0;
    this.#playedEnd = this.#playAt;
    this.#newestEnd = this.#playAt;
    this.#lastFrameAt = undefined;
    this.#clearSurplus();
    return (timestamp - this.#playAt) | 0;
  }

  /** A packet missed its turn: turns back over what was only covered up, so that it and its like are still heard. */
  #wait(timestamp: number, count: number, lead: number): number {
    if (((timestamp - this.#playedEnd) | 0) < 0) return lead;
    const back = Math.ceil(-lead / FRAME_SAMPLES) * FRAME_SAMPLES;
    const end = Math.max((this.#newestEnd - this.#playAt) | 0, lead + count);
    if (end + back > MAX_DELAY_SAMPLES) return lead;
    this.#playAt = (this.#playAt - back) | 0;
    this.#clearSurplus();
    return lead + back;
  }

  #write(timestamp: number, samples: Int16Array, from: number, count: number): void {
    const ring = this.#ring;
    for (let i = from; i < count; i += 1) ring[(timestamp + i) & RING_MASK] = samples[i] as number;
    const end = (timestamp + count) | 0;
    this.#present.add((timestamp + from) | 0, end);
    if (((end - this.#newestEnd) | 0) > 0) this.#newestEnd = end;
  }

  #conceal(index: number): number {
    if (this.#paused || this.#concealed >= FADE_SAMPLES) return 0;
    const gain = 1 - this.#concealed / FADE_SAMPLES;
    this.#concealed += 1;
    if (this.#lastFrameAt === undefined || ((this.#playAt - this.#lastFrameAt) | 0) > LIKENESS_SAMPLES)
      return 0;
    return Math.trunc((this.#ring[(this.#lastFrameAt + index) & RING_MASK] as number) * gain);
  }

  #watchSurplus(lead: number): void {
    this.#leastLead = Math.min(this.#leastLead, lead);
    this.#leadCount += 1;
    if (this.#leadCount < SURPLUS_PACKETS) return;
    if (this.#leastLead >= 2 * FRAME_SAMPLES) this.#surplus = true;
    this.#leastLead = RING_SAMPLES;
    this.#leadCount = 0;
  }

  #cutSurplus(): void {
    this.#surplusAge += 1;
    if (this.#surplusAge < SURPLUS_PATIENCE && !this.#nextIsQuiet()) return;
    this.#playAt = (this.#playAt + FRAME_SAMPLES) | 0;
    this.#present.dropBefore(this.#playAt);
    this.#playedEnd = this.#playAt;
    this.#clearSurplus();
  }

  #nextIsQuiet(): boolean {
    const ring = this.#ring;
    const from = this.#playAt;
    const isWhole = this.#present.covers(from, (from + FRAME_SAMPLES) | 0);
    let sum = 0;
    for (let i = 0; i < FRAME_SAMPLES; i += 1) {
      const at = (from + i) | 0;
      if (isWhole || this.#present.covers(at, (at + 1) | 0)) sum += Math.abs(ring[at & RING_MASK] as number);
    }
    return sum < QUIET_LEVEL * FRAME_SAMPLES;
  }

  #clearSurplus(): void {
    this.#surplus = false;
    this.#surplusAge = 0;
    this.#leastLead = RING_SAMPLES;
    this.#leadCount = 0;
  }
}
