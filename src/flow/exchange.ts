import { join } from 'node:path';
import type { Call } from '../domain/calls/call.ts';
import type { CallRepository } from '../domain/calls/call-repository.ts';
import type { PhoneNumber } from '../domain/numbers/number.ts';
import type { Clock } from '../lib/clock.ts';
import { Emitter } from '../lib/emitter.ts';
import { newId } from '../lib/ids.ts';
import type { Logger } from '../lib/logger.ts';
import { createConversation } from '../voice/engine/conversation-engine.ts';
import type { Leg } from './leg.ts';
import { ignoredAgentFields, ignoredNumberFields } from './routing/ignored-fields.ts';
import { type AgentDirectory, type Route, routeCall } from './routing/route-call.ts';
import { CallRecorder } from './session/call-recorder.ts';
import { CallSession } from './session/call-session.ts';
import type { VoiceFactory, VoiceParts } from './session/voice-parts.ts';

export interface ExchangeOptions {
  agents: AgentDirectory;
  calls: CallRepository;
  voice: VoiceFactory;
  nodeId: string;
  recordingsDir: string;
  ringDelayMs: number;
  clock: Clock;
  logger: Logger;
}

/** All calls that are up: takes legs in, gives each its session, and ends them all when the process goes down. */
export class Exchange {
  readonly ended = new Emitter<Call>();
  /** Milliseconds from the caller's last word to the agent's first packet, per turn. */
  readonly turns = new Emitter<number>();
  readonly #options: ExchangeOptions;
  readonly #sessions = new Set<CallSession>();
  readonly #idle = new Emitter<void>();

  constructor(options: ExchangeOptions) {
    this.#options = options;
  }

  get activeCount(): number {
    return this.#sessions.size;
  }

  /** Takes an inbound call to this number; resolves when it has ended. */
  async receive(leg: Leg, number: PhoneNumber): Promise<void> {
    const route = await routeCall(number, this.#options.agents);
    const session = this.#open(leg, number, route);
    this.#sessions.add(session);
    session.turns.on((latencyMs) => this.turns.emit(latencyMs));
    try {
      await session.run();
      this.ended.emit(session.call);
    } finally {
      this.#sessions.delete(session);
      if (this.#sessions.size === 0) this.#idle.emit();
    }
  }

  /** Lets calls end by themselves for `limitMs`, then ends them with a farewell; resolves when none is left. */
  async drain(limitMs: number): Promise<void> {
    if (this.#sessions.size === 0) return;
    const idle = new Promise<void>((resolve) => this.#idle.on(resolve));
    const limit = new Promise<void>((resolve) => this.#options.clock.setTimeout(resolve, limitMs));
    await Promise.race([idle, limit]);
    await Promise.all([...this.#sessions].map((session) => session.shutDown()));
  }

  #open(leg: Leg, number: PhoneNumber, route: Route): CallSession {
    const { calls, voice, clock, ringDelayMs } = this.#options;
    const call = this.#newCall(leg, number, route);
    const logger = this.#options.logger.child({ callId: call.id });
    const recorder = new CallRecorder({ call, calls, clock, logger });
    recorder.open([
      { type: 'call.ringing', data: { dialled: leg.dialled, source: leg.source.address } },
      { type: 'call.routed', data: { to: route.kind, why: route.why } },
      ...ignoredNumberFields(number).map((data) => ({ type: 'field.ignored' as const, data })),
      ...(call.agent ? ignoredAgentFields(call.agent) : []).map((data) => ({
        type: 'field.ignored' as const,
        data,
      })),
    ]);
    const parts = voice(call.agent, (warning) => recorder.record('agent.warned', warning));
    const shared = { leg, recorder, parts, ringDelayMs, clock, logger };
    if (route.kind === 'apologise') {
      return new CallSession({ ...shared, conversation: undefined, apologyReason: route.reason });
    }
    const recorded = route.agent.recordingEnabled !== false;
    return new CallSession({
      ...shared,
      conversation: this.#converse(leg, number, call, route, parts, logger),
      ...(recorded && { recording: this.#recording(call) }),
    });
  }

  #converse(
    leg: Leg,
    number: PhoneNumber,
    call: Call,
    { agent }: Extract<Route, { kind: 'agent' }>,
    { transcriber, synthesizer, brain, brainSettings, vad }: VoiceParts,
    logger: Logger,
  ) {
    const phoneNumber = { id: number.id, number: number.address, sipUri: number.sipUri, name: number.name };
    const facts = { id: call.id, type: 'inboundPhoneCall', orgId: call.orgId, phoneNumberId: number.id };
    const transport = { conversationType: 'voice', provider: 'vapi.sip', callId: call.carrierCallId };
    const variables = { ...call.variables, customer: call.customer, phoneNumber, call: facts, transport };
    const context = { call: facts, customer: call.customer, phoneNumber, metadata: agent.metadata ?? {} };
    return createConversation({
      agent: { ...agent, brain: brainSettings },
      port: leg.media,
      transcriber,
      synthesizer,
      brain,
      vad,
      clock: this.#options.clock,
      logger,
      variables,
      context,
    });
  }

  #newCall(leg: Leg, number: PhoneNumber, route: Route): Call {
    const now = this.#options.clock.now();
    const agent = route.kind === 'agent' ? route.agent : undefined;
    return {
      id: newId(now),
      orgId: number.orgId,
      nodeId: this.#options.nodeId,
      direction: 'inbound',
      carrier: leg.carrier,
      transport: leg.transport,
      status: 'ringing',
      numberId: number.id,
      ...(agent && { agentId: agent.id, agent }),
      customer: leg.customer,
      carrierCallId: leg.carrierCallId,
      variables: variablesOf(leg.headers),
      headers: leg.headers,
      createdAt: now,
      updatedAt: now,
    };
  }

  #recording(call: Call): { file: string; path: string } {
    const file = `${call.id}.wav`;
    return { file, path: join(this.#options.recordingsDir, file) };
  }
}

/** Every `X-Name: value` of the INVITE is the template variable `name` (docs.vapi.ai, SIP). */
function variablesOf(headers: Record<string, string>): Record<string, string> {
  return Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.replace(/^x-/, ''), value]));
}
