import type { Agent } from '../../domain/agents/agent.ts';
import type { CallMessage, TurnLatency } from '../../domain/calls/call.ts';
import type { Clock } from '../../lib/clock.ts';
import type { Emitter } from '../../lib/emitter.ts';
import type { Logger } from '../../lib/logger.ts';
import type { AudioPort } from '../audio-port.ts';
import type { Brain } from '../llm/contract.ts';
import type { Transcriber } from '../stt/contract.ts';
import type { Synthesizer } from '../tts/contract.ts';
import type { VadFactory } from '../vad/contract.ts';

/** Why the engine wants the call to end; the session turns it into an end reason. */
export type ConversationEnd =
  | 'assistant-ended-call'
  | 'assistant-ended-call-after-message-spoken'
  | 'assistant-said-end-call-phrase'
  | 'silence-timed-out';

export type ConversationEvent =
  | { type: 'message'; message: CallMessage }
  /** Text so far of what the caller is saying. */
  | { type: 'partial-transcript'; text: string }
  | { type: 'speech'; role: 'user' | 'agent'; status: 'started' | 'stopped'; at: number }
  | { type: 'interrupted'; at: number; playedText: string }
  | { type: 'turn'; latency: TurnLatency }
  /** A part failed or was replaced; the call goes on. `code` is stable, `message` is for a person. */
  | { type: 'warning'; code: string; message: string }
  /** All was spoken: hang up. */
  | { type: 'end'; reason: ConversationEnd };

export interface ConversationOptions {
  agent: Agent;
  port: AudioPort;
  transcriber: Transcriber;
  synthesizer: Synthesizer;
  brain: Brain;
  vad: VadFactory;
  clock: Clock;
  logger: Logger;
  /** Values for `{{ }}` templates in prompts and messages. */
  variables: Record<string, unknown>;
  /** Facts of the call for the brain. */
  context: Record<string, unknown>;
}

/** The agent's side of one call: hears, thinks, speaks, until it is closed. */
export interface Conversation {
  readonly events: Emitter<ConversationEvent>;
  /** Begins: opens the ears, says the first message or waits, as the agent is set. */
  start(): Promise<void>;
  /** Speaks a sentence of ours over the agent's own turn; resolves when it was played or cut. */
  say(text: string): Promise<void>;
  /** The caller put the line on hold, or took it back: on hold the silence time-out does not run. */
  hold(held: boolean): void;
  /** Stops speaking and listening and frees all; safe to call twice. */
  close(): Promise<void>;
}
