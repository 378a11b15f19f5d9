import { Emitter } from '../../src/lib/emitter.ts';
import type { Transcriber, TranscriberStream, Transcript } from '../../src/voice/stt/contract.ts';

/** Frames without voice, 20 ms each, after which this transcriber is sure that the turn has ended. */
export const END_OF_TURN_FRAMES = 5;
/** Frames of voice that make a turn. */
const TURN_FRAMES = 5;
const VOICED_SAMPLE = 500;
const TEXT = 'I have a question.';

/**
 * A provider that ends turns by itself, after a wait that is known to the frame: text and end of turn come with the
 * fifth silent frame, in the same tick.
 */
export const energyTranscriber: Transcriber = {
  name: 'energy-transcriber',
  open: async () => new EnergyStream(),
};

class EnergyStream implements TranscriberStream {
  readonly transcripts = new Emitter<Transcript>();
  readonly failed = new Emitter<Error>();
  #voiced = 0;
  #silent = 0;

  write(frame: Int16Array): void {
    if (frame.some((sample) => Math.abs(sample) > VOICED_SAMPLE)) {
      this.#voiced += 1;
      this.#silent = 0;
      return;
    }
    this.#silent += 1;
    if (this.#silent !== END_OF_TURN_FRAMES) return;
    if (this.#voiced >= TURN_FRAMES) this.transcripts.emit({ text: TEXT, isFinal: true, endOfTurn: true });
    this.#voiced = 0;
  }

  speechStarted(): void {}

  speechEnded(): void {}

  close(): void {}
}
