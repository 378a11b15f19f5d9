import { type AgentScript, firstWordsFrom } from './agent-script.ts';
import { languageOf } from './agent-settings.ts';
import type { AgentTurn } from './agent-turn.ts';
import type { AgentVoice } from './agent-voice.ts';
import type { ConversationOptions } from './conversation.ts';
import type { History } from './history.ts';
import { idleQuestionIn } from './idle-question.ts';

export interface OwnTurnsParts {
  options: ConversationOptions;
  voice: AgentVoice;
  history: History;
  /** @param notBefore instant before which nothing of it may be heard. */
  begin(interruptible: boolean, notBefore?: number): AgentTurn;
  /** Has the brain find the words; resolves when the turn is over. */
  respond(turn: AgentTurn): Promise<void>;
  finish(turn: AgentTurn): void;
}

/** What the agent says without being asked: its first words, its question into a silence, its farewell. None rejects. */
export class OwnTurns {
  readonly #parts: OwnTurnsParts;

  constructor(parts: OwnTurnsParts) {
    this.#parts = parts;
  }

  /** Whether the agent has any first words. */
  greets(script: AgentScript): boolean {
    const { agent, inherited } = this.#parts.options;
    return firstWordsFrom(agent, script, inherited !== undefined) !== 'nobody';
  }

  /** The first words. Resolves when they were heard or cut. @param delayMs of silence before them. */
  async greet(script: AgentScript, delayMs: number): Promise<void> {
    const { options, begin, respond, finish } = this.#parts;
    const { agent, inherited, clock } = options;
    const from = firstWordsFrom(agent, script, inherited !== undefined);
    if (from === 'nobody') return;
    const turn = begin(agent.firstMessageInterruptionsEnabled ?? false, clock.now() + delayMs);
    if (from === 'brain') return respond(turn);
    await this.#say(script.firstMessage, turn);
    finish(turn);
  }

  /** Nobody has said anything for a while. */
  async askIfPresent(): Promise<void> {
    const { options, begin, finish } = this.#parts;
    const turn = begin(true);
    await this.#say(idleQuestionIn(languageOf(options.agent)), turn);
    finish(turn);
  }

  /** Resolves when it was heard; the turn stays open, for nothing comes after it. */
  async farewell(text: string): Promise<void> {
    await this.#say(text, this.#parts.begin(false));
  }

  async #say(text: string, turn: AgentTurn): Promise<void> {
    const { voice, history } = this.#parts;
    await voice.utter(text, turn, history.addAssistant(text)).done;
  }
}
