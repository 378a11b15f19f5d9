import { heardText } from '../engine/heard-text.ts';
import type { SynthesisOptions, Synthesizer } from './contract.ts';
import { TextTape } from './text-tape.ts';

export interface SynthesizerFallback {
  from: string;
  to: string;
  error: Error;
}

/**
 * A voice with others in reserve: when one fails, the next speaks what was not spoken yet. How far the first one came is
 * told by the length of its audio at an average pace, in whole words.
 * @param synthesizers in the order in which they are tried, at least one.
 */
export function createFallbackSynthesizer(
  synthesizers: readonly [Synthesizer, ...Synthesizer[]],
  onFallback: (fallback: SynthesizerFallback) => void,
): Synthesizer {
  return {
    name: synthesizers[0].name,
    async *speak(text, options) {
      const tape = new TextTape(text);
      try {
        yield* speakInTurn(synthesizers, tape, options, onFallback);
      } finally {
        tape.close();
      }
    },
  };
}

async function* speakInTurn(
  synthesizers: readonly Synthesizer[],
  tape: TextTape,
  options: SynthesisOptions,
  onFallback: (fallback: SynthesizerFallback) => void,
): AsyncGenerator<Int16Array> {
  let offset = 0;
  for (const [index, synthesizer] of synthesizers.entries()) {
    let heardSamples = 0;
    try {
      for await (const samples of synthesizer.speak(tape.from(offset), options)) {
        heardSamples += samples.length;
        yield samples;
      }
      return;
    } catch (error) {
      if (options.signal.aborted) return;
      const next = synthesizers[index + 1];
      if (!next) throw error;
      offset += spokenCharacters(tape.text.slice(offset), heardSamples, options.speed);
      const cause = error instanceof Error ? error : new Error(String(error));
      onFallback({ from: synthesizer.name, to: next.name, error: cause });
    }
  }
}

function spokenCharacters(text: string, heardSamples: number, speed: number): number {
  const heard = heardText({ text, heardSamples, speed });
  return heard === '' ? 0 : text.indexOf(heard) + heard.length;
}
