import { synthesisOptionsOf } from './agent-settings.ts';
import type { AgentTurn } from './agent-turn.ts';
import { agentMessage } from './call-messages.ts';
import type { ConversationOptions } from './conversation.ts';
import type { Words } from './history.ts';
import type { Reporter } from './reporter.ts';
import { Speaker } from './speaker.ts';
import { Utterance, type UtteranceOutcome } from './utterance.ts';

export interface AgentVoiceEvents {
  /** The agent's voice begins or ends on the wire. */
  sounded(status: 'started' | 'stopped', at: number): void;
  /** First packet of something said in a turn. */
  audible(turn: AgentTurn | undefined, at: number): void;
  /** @param own all of words of the agent's own, not of ours. */
  said(heard: string, own: boolean): void;
}

/** What the agent says, turn by turn: keeps its history and its record to what was heard of it. */
export class AgentVoice {
  readonly #options: ConversationOptions;
  readonly #reporter: Reporter;
  readonly #events: AgentVoiceEvents;
  readonly #speaker: Speaker;
  readonly #owners = new Map<Utterance, { turn: AgentTurn; words?: Words }>();
  #closing = false;

  constructor(options: ConversationOptions, reporter: Reporter, events: AgentVoiceEvents) {
    this.#options = options;
    this.#reporter = reporter;
    this.#events = events;
    this.#speaker = new Speaker(options.port, options.clock, {
      sounded: (status, at) => events.sounded(status, at),
      audible: (utterance, at) => events.audible(this.#owners.get(utterance)?.turn, at),
      settled: (utterance, outcome) => this.#onSettled(utterance, outcome),
      lineFailed: (error) => reporter.warn('line-failed', String(error)),
    });
  }

  /** Opens an utterance for text that is still to come. @param words where the history keeps it. */
  open(turn: AgentTurn, words?: Words): Utterance {
    const { agent, synthesizer, clock } = this.#options;
    const utterance: Utterance = new Utterance(synthesizer, synthesisOptionsOf(agent), clock, {
      progressed: () => {
        if (utterance.firstAudioAt !== undefined) turn.marks?.mark('voiceFirstAudio', utterance.firstAudioAt);
        this.#speaker.pump();
      },
      failed: (error) => this.#reporter.warn('voice-failed', `${synthesizer.name}: ${error.message}`),
    });
    this.#owners.set(utterance, words ? { turn, words } : { turn });
    turn.add(utterance);
    this.#speaker.enqueue(utterance);
    return utterance;
  }

  /** Says a text; its `done` resolves when it was heard or cut. */
  utter(text: string, turn: AgentTurn, words?: Words): Utterance {
    const utterance = this.open(turn, words);
    utterance.add(text);
    utterance.endText();
    return utterance;
  }

  /** Nothing new begins before `at`. */
  holdUntil(at: number): void {
    this.#speaker.holdUntil(at);
  }

  pause(): void {
    this.#speaker.pause();
  }

  resume(): void {
    this.#speaker.resume();
  }

  /** Drops all that is being said or waits. Resolves when it is known what was heard. */
  cut(at: number): Promise<void> {
    return this.#speaker.cut(at);
  }

  close(): Promise<void> {
    this.#closing = true;
    return this.#speaker.close();
  }

  #onSettled(utterance: Utterance, outcome: UtteranceOutcome): void {
    const { heard, complete, startedAt, endedAt } = outcome;
    const owner = this.#owners.get(utterance);
    this.#owners.delete(utterance);
    if (owner?.words && !complete) owner.words.content = heard;
    if (owner && utterance.stopped && startedAt !== undefined && !this.#closing) {
      const turnId = owner.turn.id;
      this.#reporter.emit({ type: 'interrupted', at: endedAt, playedText: heard, turnId });
    }
    const message = agentMessage(outcome, utterance.stopped);
    if (!message) return;
    this.#reporter.record(message);
    const own = owner?.words !== undefined && complete;
    if (own) owner.turn.spoken += ` ${heard}`;
    this.#events.said(heard, own);
  }
}
