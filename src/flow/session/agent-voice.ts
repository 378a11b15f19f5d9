import type { AgentTransferMode, ContextPlan } from '../../domain/agents/agent.ts';
import { keepsNothing, recordedAgent } from '../../domain/agents/confidential.ts';
import type { Call } from '../../domain/calls/call.ts';
import { serverNotes } from '../../domain/server-notes.ts';
import type { Clock } from '../../lib/clock.ts';
import type { Logger } from '../../lib/logger.ts';
import type { MediaSession } from '../../media/media-session.ts';
import { CONTEXT_VARIABLE } from '../../voice/engine/context-names.ts';
import type { Conversation } from '../../voice/engine/conversation.ts';
import { createConversation } from '../../voice/engine/conversation-engine.ts';
import type { BrainMessage } from '../../voice/llm/contract.ts';
import type { CallActions } from '../../voice/tools/contract.ts';
import type { Leg } from '../leg.ts';
import { type AgentMeans, equipped } from '../routing/agent-means.ts';
import type { Cast } from '../routing/cast.ts';
import { ignoredAgentFields } from '../routing/ignored-fields.ts';
import { AgentLine } from './agent-line.ts';
import { type CallContext, contextFor } from './call-context.ts';
import { brainContext, templateVariables } from './call-facts.ts';
import type { CallRecorder } from './call-recorder.ts';
import type { CallStory } from './call-story.ts';
import { type ScribeEvents, writeDown } from './conversation-scribe.ts';
import type { VoiceFactory } from './voice-parts.ts';

export interface AgentVoiceOptions {
  leg: Leg;
  recorder: CallRecorder;
  story: CallStory;
  voice: VoiceFactory;
  actions: CallActions;
  on: ScribeEvents;
  /** The guarded way out. */
  fetch: typeof globalThis.fetch;
  /** Aborts when the call is over. */
  signal: AbortSignal;
  clock: Clock;
  logger: Logger;
}

/** The agents of one call, one at a time: each has its conversation, and hands the next what was said before. */
export class AgentVoice {
  readonly #options: AgentVoiceOptions;
  /** There once an agent speaks: nobody listens to the caller before. */
  #line: AgentLine | undefined;
  #conversation: Conversation | undefined;
  #cast: Cast | undefined;
  #stopWriting: (() => void) | undefined;
  #closed = false;

  constructor(options: AgentVoiceOptions) {
    this.#options = options;
  }

  /** The agent that speaks. */
  get cast(): Cast | undefined {
    return this.#cast;
  }

  get conversation(): Conversation | undefined {
    return this.#conversation;
  }

  /** Asks the customer's servers what an agent's prompt wants to know. Never rejects. */
  contextFor({ agent }: Cast): Promise<CallContext | undefined> {
    return contextFor(agent, { ...this.#options, number: this.#options.story.number });
  }

  /** Lets an agent begin. @param inherited what another one has handed over. */
  async begin(
    cast: Cast,
    {
      context,
      inherited,
    }: { context?: CallContext | undefined; inherited?: readonly BrainMessage[] | undefined } = {},
  ): Promise<void> {
    if (this.#closed) return;
    const { recorder, story, voice, leg, actions, on, clock, logger } = this.#options;
    const { agent } = cast;
    const from = this.#cast?.agent;
    this.#cast = cast;
    story.agent = agent;
    const named = { agentId: cast.agentId, name: agent.name };
    recorder.record(
      from ? 'agent.handed-off' : 'agent.started',
      from ? { ...named, from: from.name } : named,
      (call) => withAgent(call, cast),
      ...(from ? [{ type: 'agent-handed-off' as const, from, to: agent }] : []),
      { type: 'agent-started', takesOver: from !== undefined },
    );
    const notes = agent.server ? serverNotes(agent.server) : [];
    for (const { field, reason } of notes)
      recorder.record('field.ignored', { field: `assistant.${field}`, reason });
    for (const data of ignoredAgentFields(agent)) recorder.record('field.ignored', data);
    for (const message of cast.missing) recorder.record('agent.warned', { code: 'tool-missing', message });
    const parts = voice(agent, (warning) => recorder.record('agent.warned', warning));
    for (const warning of parts.warnings) recorder.record('agent.warned', warning);
    const { transcriber, synthesizer, brain, brainSettings, vad } = parts;
    this.#line ??= new AgentLine(leg.media, clock);
    const conversation = createConversation({
      agent: { ...agent, brain: equipped(brainSettings, meansIn(recorder.call, cast)) },
      port: this.#line,
      transcriber,
      synthesizer,
      brain,
      vad,
      actions,
      clock,
      logger,
      variables: {
        ...templateVariables(recorder.call, story.number),
        ...(context && { [CONTEXT_VARIABLE]: context }),
      },
      context: brainContext(recorder.call, story.number, agent),
      ...(inherited && { inherited, turnsBefore: story.turns.length }),
    });
    this.#conversation = conversation;
    this.#stopWriting = writeDown(conversation, recorder, story, on);
    await conversation.start();
  }

  /** The agent that speaks leaves, the next one goes on with what the mode lets it know. */
  async handOver(to: Cast, mode: AgentTransferMode | ContextPlan, toolCallId?: string): Promise<void> {
    const leaving = this.#conversation;
    const [context, inherited] = await Promise.all([this.contextFor(to), leaving?.release(mode, toolCallId)]);
    this.#stopWriting?.();
    await this.begin(to, { context, inherited });
  }

  /** The agent speaks to this line and hears it instead of the caller's; undefined: the caller's again. */
  talkTo(media: MediaSession | undefined): void {
    this.#line?.switchTo(media ?? this.#options.leg.media);
  }

  hold(held: boolean): void {
    this.#conversation?.hold(held);
  }

  async close(): Promise<void> {
    this.#closed = true;
    await this.#conversation?.close();
    this.#line?.close();
  }
}

/** Where nothing of what was said may be kept, no tool keeps it either. */
function meansIn({ hipaaCompliant }: Call, { means = { texts: [], tools: [] } }: Cast): AgentMeans {
  if (!hipaaCompliant) return means;
  return { ...means, tools: means.tools.filter(({ type }) => type !== 'saveFields') };
}

function withAgent(call: Call, { agent, agentId, squad, variables }: Cast): Call {
  const hipaaCompliant = call.hipaaCompliant || keepsNothing(agent);
  const { agentId: _, ...rest } = call;
  return {
    ...rest,
    ...(agentId && { agentId }),
    ...(squad?.id && { squadId: squad.id }),
    agent: recordedAgent(agent, { isConfidential: hipaaCompliant }),
    ...(hipaaCompliant && { hipaaCompliant }),
    variables: { ...call.variables, ...variables },
  };
}
