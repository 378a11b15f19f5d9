import type { AgentTool, BrainSettings } from '../../domain/agents/agent.ts';

/** The conversation as a model reads it. */
export type BrainMessage =
  | { role: 'system'; content: string }
  | { role: 'user'; content: string }
  | { role: 'assistant'; content: string; toolCalls?: { id: string; name: string; arguments: unknown }[] }
  | { role: 'tool'; toolCallId: string; name: string; content: string };

export interface BrainRequest {
  messages: BrainMessage[];
  tools: AgentTool[];
  settings: BrainSettings;
  /** Facts of the call for `custom-llm` servers: call, customer, phoneNumber, metadata. */
  context: Record<string, unknown>;
  signal: AbortSignal;
}

export type BrainChunk =
  | { type: 'text'; text: string }
  | { type: 'tool-call'; id: string; name: string; arguments: unknown }
  | { type: 'finished'; reason: 'stop' | 'tool-calls' | 'length' | 'other' };

/** A mind: one request, one streamed answer. Tools are run by the engine, which then asks again. */
export interface Brain {
  readonly name: string;
  /** @throws when the vendor fails, before or amid the stream. */
  respond(request: BrainRequest): AsyncIterable<BrainChunk>;
  /** JSGF grammar of what a caller may say, where the brain knows it beforehand (the scripted brain). */
  grammar?(settings: BrainSettings): string | undefined;
}
