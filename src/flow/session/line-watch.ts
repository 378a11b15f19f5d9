import type { EndReason } from '../../domain/calls/end-reason.ts';
import type { Clock } from '../../lib/clock.ts';
import type { Logger } from '../../lib/logger.ts';
import type { Leg } from '../leg.ts';
import type { CallRecorder } from './call-recorder.ts';

/** Without a packet from the caller for this long after the answer, the line is taken as dead. */
const NO_MEDIA_AT_START_MS = 30_000;
/** The same once packets have come; a caller on hold is exempt. */
const NO_MEDIA_LATER_MS = 15_000;

export interface LineWatchOptions {
  leg: Leg;
  recorder: CallRecorder;
  clock: Clock;
  logger: Logger;
  /** The line cannot be used any more. */
  onDead(reason: EndReason, message: string): void;
  onHeld(held: boolean): void;
}

/** Watches the caller's line: hold, keys, silence of the wire, failing media. */
export class LineWatch {
  readonly #options: LineWatchOptions;
  #held = false;
  #heard = false;

  constructor(options: LineWatchOptions) {
    this.#options = options;
    options.leg.held.on((held) => this.#onHeld(held));
  }

  /** To be called once the line is answered. */
  start(): void {
    const { leg, recorder } = this.#options;
    const { media } = leg;
    const stop = media.audio.on(() => {
      this.#heard = true;
      stop();
    });
    media.failed.on((failure) => this.#onFailed(failure));
    media.silence.on(({ sinceMs }) => this.#onSilence(sinceMs));
    leg.dtmf.on((key) => media.dtmf.emit(key));
    media.dtmf.on(({ digit, durationMs }) => {
      // A number that was keyed in is as much the caller's as one that was said.
      const shown = recorder.call.hipaaCompliant ? {} : { digit };
      recorder.record('dtmf.received', { ...shown, durationMs });
    });
  }

  #onHeld(held: boolean): void {
    if (held === this.#held) return;
    this.#held = held;
    this.#options.recorder.record(held ? 'call.held' : 'call.resumed', {});
    this.#options.onHeld(held);
  }

  #onFailed({ part, error }: { part: 'media' | 'recording'; error: string }): void {
    const { logger, recorder, onDead } = this.#options;
    if (part === 'recording') {
      // A full disk ends the recording, never the call; the timeline tells of it when the call ends.
      logger.error({ callId: recorder.call.id, error }, 'the recording ended early; the call goes on');
      return;
    }
    recorder.record('agent.warned', { code: 'media-failed', message: error });
    onDead('call.in-progress.error-vapifault-worker-died', error);
  }

  #onSilence(sinceMs: number): void {
    if (this.#held) return;
    const limitMs = this.#heard ? NO_MEDIA_LATER_MS : NO_MEDIA_AT_START_MS;
    if (sinceMs < limitMs) return;
    const message = `no audio came from the caller for ${Math.round(sinceMs / 1000)} s`;
    this.#options.onDead('call.in-progress.error-assistant-did-not-receive-customer-audio', message);
  }
}
