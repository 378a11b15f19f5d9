import type { ConversationEnd, ConversationOptions } from './conversation.ts';
import { SpokenPhrases } from './spoken-phrases.ts';

export interface HangingUpParts {
  options: Pick<ConversationOptions, 'agent' | 'actions'>;
  /** Resolves when it was heard or cut. */
  say(farewell: string): Promise<void>;
  end(reason: ConversationEnd): void;
  /** Nothing is left to be said and the call goes on: the floor is the caller's. */
  remain(): void;
  /** Whether the agent's part, or the call, is over already. */
  isOver(): boolean;
}

/**
 * The agent wants the call to end. It does, unless the customer's server has taken that over: then the server is asked,
 * once until the caller speaks again, and the agent stays with the caller until it has acted.
 */
export class HangingUp {
  readonly #parts: HangingUpParts;
  readonly #phrases: SpokenPhrases;
  #asked = false;

  constructor(parts: HangingUpParts) {
    this.#parts = parts;
    this.#phrases = new SpokenPhrases(parts.options.agent.endCallPhrases ?? []);
  }

  /** All that was to be said before was heard. @param farewell comes last; empty: nothing does. Never rejects. */
  async hangUp(farewell: string): Promise<void> {
    if (farewell !== '') await this.#parts.say(farewell);
    const isDelegated = this.#want(
      farewell === '' ? 'assistant-ended-call' : 'assistant-ended-call-after-message-spoken',
    );
    if (isDelegated) this.#parts.remain();
  }

  /** Words of the agent's own were heard to their end. */
  onSaid(heard: string): void {
    if (this.#phrases.occurIn(heard)) this.#want('assistant-said-end-call-phrase');
  }

  /** The caller has taken his turn: what the agent wants after it is a new wish. */
  onAnswered(): void {
    this.#asked = false;
  }

  /** @returns whether the call goes on, for others to end it */
  #want(reason: ConversationEnd): boolean {
    const { options, end, isOver } = this.#parts;
    if (isOver()) return false;
    this.#asked ||= options.actions?.delegateHangUp() ?? false;
    if (!this.#asked) end(reason);
    return this.#asked;
  }
}
