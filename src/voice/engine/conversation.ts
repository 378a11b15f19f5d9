import type { Agent } from '../../domain/agents/agent.ts';
import type { CallMessage, TurnLatency } from '../../domain/calls/call.ts';
import type { Clock } from '../../lib/clock.ts';
import type { Emitter } from '../../lib/emitter.ts';
import type { Logger } from '../../lib/logger.ts';
import type { AudioPort } from '../audio-port.ts';
import type { Brain, BrainMessage } from '../llm/contract.ts';
import type { Transcriber } from '../stt/contract.ts';
import type { CallActions } from '../tools/contract.ts';
import type { Synthesizer } from '../tts/contract.ts';
import type { VadFactory } from '../vad/contract.ts';
import type { HandoverMode } from './handed-history.ts';

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
  /** `turn` counts the caller's turns so far. */
  | { type: 'speech'; role: 'user' | 'agent'; status: 'started' | 'stopped'; at: number; turn: number }
  /** `turnId` is that of the agent's turn that was cut. */
  | { type: 'interrupted'; at: number; playedText: string; turnId: string }
  /** One answer of the brain is complete: its words, or the tools it calls. */
  | { type: 'model-output'; output: ModelOutput; turnId: string }
  /** The brain lets the caller wait: no word came for a time that people notice. */
  | { type: 'delayed' }
  | { type: 'turn'; latency: TurnLatency }
  /** A part failed or was replaced; the call goes on. `code` is stable, `message` is for a person. */
  | { type: 'warning'; code: string; message: string }
  /** All was spoken: hang up. */
  | { type: 'end'; reason: ConversationEnd };

/** What the brain gave in one answer. */
export interface ModelOutput {
  text: string;
  toolCalls: { id: string; name: string; arguments: unknown }[];
}

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
  /** What its tools may do beyond the line. Unset: tools that need it are kept from the model. */
  actions?: CallActions;
  /** History that another agent handed over, maybe empty; see `handed-history.ts`. Set: the agent takes over amid a call. */
  inherited?: readonly BrainMessage[];
  /** The caller's turns before this agent took over: its own are counted on from there. */
  turnsBefore?: number;
}

/** A message put into the conversation from outside. */
export interface AddedMessage {
  role: 'system' | 'user' | 'assistant';
  content: string;
}

/** The agent's side of one call: hears, thinks, speaks, until it is closed. */
export interface Conversation {
  readonly events: Emitter<ConversationEvent>;
  /** Begins: opens the ears, says the first message or waits, as the agent is set. */
  start(): Promise<void>;
  /** Speaks a sentence of ours over the agent's own turn; resolves when it was played or cut. */
  say(text: string): Promise<void>;
  /** Says the agent's first message now, also when it has been said. */
  sayFirstMessage(): Promise<void>;
  /** Adds a message to the history and the record; with `respond` the agent answers it now, over what it is saying. */
  addMessage(message: AddedMessage, respond: boolean): void;
  /**
   * While muted the agent says and thinks nothing of its own; it goes on listening, and the caller's words stand in the
   * record and in its history. What it says is cut. `say` and `sayFirstMessage` are heard all the same: whoever steers the
   * call has asked for them.
   */
  mute(muted: boolean): void;
  /**
   * Ends this agent's part while the call goes on: stops listening and thinking, lets what is being said end, gives its
   * history to the next agent as `mode` says, and closes. May be awaited within `moveTo` of a tool.
   * @param toolCallId the call of the tool that asked for the handoff; its messages may be left out by the mode.
   */
  release(mode: HandoverMode, toolCallId?: string): Promise<readonly BrainMessage[]>;
  /**
   * The line is on hold, by the caller or for a transfer, or taken back. On hold the silence time-out does not run, and
   * what sounds on the line is not heard.
   */
  hold(held: boolean): void;
  /** Stops speaking and listening and frees all; safe to call twice. */
  close(): Promise<void>;
}
