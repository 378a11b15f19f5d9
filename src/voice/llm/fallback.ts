import type { BrainSettings } from '../../domain/agents/agent.ts';
import type { Brain, BrainChunk, BrainRequest } from './contract.ts';

/** A brain with what it is to be asked with; without settings those of the request. */
export interface BrainChoice {
  brain: Brain;
  settings?: BrainSettings;
}

/** Told each time a brain failed and the next takes over, or the sentence was cut since its words were heard already. */
export type OnBrainFallback = (event: { from: string; to: string | undefined; error: unknown }) => void;

/**
 * Several brains as one: the next is asked when one fails before its first chunk. Once words were given they may have
 * been heard, so an answer that breaks is not begun again: it ends there (`finished`, `other`), and the next turn starts
 * with the first brain once more. Tool calls before the break are kept; a break is never told as an error.
 */
export class FallbackBrain implements Brain {
  readonly name: string;
  readonly #choices: readonly BrainChoice[];
  readonly #onFallback: OnBrainFallback;

  /** @throws RangeError without a brain. */
  constructor(choices: readonly BrainChoice[], onFallback: OnBrainFallback) {
    const [first] = choices;
    if (!first) throw new RangeError('a fallback needs at least one brain');
    this.name = first.brain.name;
    this.#choices = choices;
    this.#onFallback = onFallback;
  }

  /** @throws what the last brain threw before its first chunk, and the signal's reason when it was aborted. */
  async *respond(request: BrainRequest): AsyncGenerator<BrainChunk> {
    for (const [index, { brain, settings = request.settings }] of this.#choices.entries()) {
      let begun = false;
      try {
        for await (const chunk of brain.respond({ ...request, settings })) {
          begun = true;
          yield chunk;
        }
        return;
      } catch (error) {
        if (request.signal.aborted) throw error;
        const next = begun ? undefined : this.#choices[index + 1]?.brain.name;
        this.#onFallback({ from: brain.name, to: next, error });
        if (begun) {
          yield { type: 'finished', reason: 'other' };
          return;
        }
        if (next === undefined) throw error;
      }
    }
  }

  grammar(settings: BrainSettings): string | undefined {
    return this.#choices[0]?.brain.grammar?.(this.#choices[0].settings ?? settings);
  }
}
