import type { Clock } from '../../lib/clock.ts';
import { Emitter } from '../../lib/emitter.ts';
import type { AudioFrame, PlayoutEvent } from '../../media/media-session.ts';
import type { AudioPort } from '../../voice/audio-port.ts';

/**
 * The line that an agent speaks and listens on: the caller's, or for a while that of somebody who was called in. Positions
 * count what was played on either, so that whoever plays need not know which it is.
 */
export class AgentLine implements AudioPort {
  readonly audio = new Emitter<AudioFrame>();
  readonly dtmf: AudioPort['dtmf'] = new Emitter();
  readonly playout = new Emitter<PlayoutEvent>();
  readonly #clock: Clock;
  #line: AudioPort;
  #releases: (() => void)[] = [];
  /** Samples that were played so far. */
  #played = 0;
  /** Samples that are known to be sent. */
  #drained = 0;
  /** From the line's positions to ours; unset until something was played there. */
  #shift: number | undefined;

  constructor(line: AudioPort, clock: Clock) {
    this.#line = line;
    this.#clock = clock;
    this.#follow();
  }

  /** From now on this is the line. What is still queued on the other one counts as heard: nobody tells of it any more. */
  switchTo(line: AudioPort): void {
    if (line === this.#line) return;
    this.close();
    this.#line = line;
    this.#shift = undefined;
    this.#follow();
    if (this.#drained === this.#played) return;
    this.#drained = this.#played;
    this.playout.emit({ type: 'drained', position: this.#played, at: this.#clock.now() });
  }

  play(samples: Int16Array): number {
    const end = this.#line.play(samples);
    this.#played += samples.length;
    this.#shift = this.#played - end;
    return this.#played;
  }

  async clear(): Promise<number> {
    const played = this.#played;
    const shift = this.#shift;
    const position = await this.#line.clear();
    // Nothing of it will drain any more.
    this.#drained = Math.max(this.#drained, played);
    return shift === undefined ? played : position + shift;
  }

  sendDtmf(digits: string): void {
    this.#line.sendDtmf(digits);
  }

  /** Nothing is heard any more. */
  close(): void {
    for (const release of this.#releases.splice(0)) release();
  }

  #follow(): void {
    this.#releases = [
      this.#line.audio.on((frame) => this.audio.emit(frame)),
      this.#line.dtmf.on((key) => this.dtmf.emit(key)),
      this.#line.playout.on((event) => this.#onPlayout(event)),
    ];
  }

  #onPlayout(event: PlayoutEvent): void {
    // What others play there, before we do, is none of ours.
    if (this.#shift === undefined) return;
    const position = event.position + this.#shift;
    if (event.type === 'drained') this.#drained = position;
    this.playout.emit({ ...event, position });
  }
}
