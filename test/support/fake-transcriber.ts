import { Emitter } from '../../src/lib/emitter.ts';
import type { Transcriber, TranscriberStream, Transcript } from '../../src/voice/stt/contract.ts';

/** What a fake stream was told, in order: `start`, `end`, `close`, or the number of a frame (its first sample). */
export type FakeInput = 'start' | 'end' | 'close' | number;

export class FakeTranscriberStream implements TranscriberStream {
  readonly transcripts = new Emitter<Transcript>();
  readonly failed = new Emitter<Error>();
  readonly inputs: FakeInput[] = [];

  write(frame: Int16Array): void {
    this.inputs.push(frame[0] ?? 0);
  }

  speechStarted(): void {
    this.inputs.push('start');
  }

  speechEnded(): void {
    this.inputs.push('end');
  }

  close(): void {
    this.inputs.push('close');
  }
}

/** A transcriber that opens fake streams, or refuses to. */
export function fakeTranscriber(
  name: string,
  refusal?: Error,
): Transcriber & { readonly streams: FakeTranscriberStream[] } {
  const streams: FakeTranscriberStream[] = [];
  return {
    name,
    streams,
    async open() {
      if (refusal) throw refusal;
      const stream = new FakeTranscriberStream();
      streams.push(stream);
      return stream;
    },
  };
}
