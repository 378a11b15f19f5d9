import { join } from 'node:path';
import type { Call } from '../domain/calls/call.ts';
import type { CallRepository } from '../domain/calls/call-repository.ts';
import type { OutboundOrder } from '../domain/calls/outbound-order.ts';
import type { OutboundOrderRepository } from '../domain/calls/outbound-order-repository.ts';
import type { CredentialRepository } from '../domain/credentials/credential-repository.ts';
import type { KnowledgeRepository } from '../domain/knowledge/knowledge-repository.ts';
import type { PhoneNumber } from '../domain/numbers/number.ts';
import type { NumberRepository } from '../domain/numbers/number-repository.ts';
import type { Org } from '../domain/orgs/org.ts';
import type { OrgRepository } from '../domain/orgs/org-repository.ts';
import type { Clock } from '../lib/clock.ts';
import { Emitter } from '../lib/emitter.ts';
import { newId } from '../lib/ids.ts';
import type { Logger } from '../lib/logger.ts';
import type { HoldAudio } from '../voice/hold-audio/hold-audio.ts';
import type { Dialer, DialJudge } from './dialer.ts';
import type { Leg } from './leg.ts';
import { type LiveCalls, newMonitorToken } from './live/live-calls.ts';
import { liveCallOf } from './live/live-session.ts';
import { liveOutboundCall } from './outbound/live-outbound-call.ts';
import type { OutboundCall } from './outbound/outbound-call.ts';
import type { LinesLeft, OutboundCalls } from './outbound/outbound-calls.ts';
import { OutboundDesk } from './outbound/outbound-desk.ts';
import type { OutboundSchedule } from './outbound/outbound-schedule.ts';
import type { CastDirectory } from './routing/cast.ts';
import { findRoute } from './routing/find-route.ts';
import type { ServerMessages } from './server-messages.ts';
import { CallRecorder } from './session/call-recorder.ts';
import { CallSession } from './session/call-session.ts';
import { CallStory } from './session/call-story.ts';
import { type LineTicket, OrgLines } from './session/org-lines.ts';
import type { VoiceFactory } from './session/voice-parts.ts';

export interface ExchangeOptions {
  directory: CastDirectory;
  orgs: Pick<OrgRepository, 'getOrg'>;
  calls: CallRepository;
  voice: VoiceFactory;
  serverMessages: ServerMessages;
  dialer: Dialer & DialJudge;
  /** Accounts of the numbers that place calls. */
  credentials: Pick<CredentialRepository, 'get'>;
  /** The numbers as they are when a call is placed. */
  numbers: Pick<NumberRepository, 'get'>;
  /** Calls that are to be placed later. */
  orders: OutboundOrderRepository;
  /** What agents may search. */
  knowledge: Pick<KnowledgeRepository, 'search'>;
  /** The guarded way out to customers' URLs. */
  fetch: typeof globalThis.fetch;
  /** Customers' sound files. */
  audio: HoldAudio;
  /** Where calls that are up can be found from outside. */
  live: LiveCalls;
  nodeId: string;
  recordingsDir: string;
  /** Where the org sets none. */
  ringDelayMs: number;
  /** How long a call that we place may ring. */
  ringLimitMs: number;
  clock: Clock;
  logger: Logger;
}

/** All calls that are up: takes legs in, gives each its session, and ends them all when the process goes down. */
export class Exchange implements OutboundCalls {
  readonly ended = new Emitter<Call>();
  /** Milliseconds from the caller's last word to the agent's first packet, per turn. */
  readonly turns = new Emitter<number>();
  /** Milliseconds from a call's arrival to the decision on who answers it. */
  readonly routed = new Emitter<number>();
  readonly #options: ExchangeOptions;
  readonly #lines: OrgLines;
  readonly #outbound: OutboundDesk;
  readonly #sessions = new Set<Pick<CallSession, 'shutDown'>>();
  #activeCount = 0;
  readonly #idle = new Emitter<void>();

  constructor(options: ExchangeOptions) {
    this.#options = options;
    this.#lines = new OrgLines(options.clock);
    this.#outbound = new OutboundDesk({
      ...options,
      lines: this.#lines,
      begun: (call, recorder, ticket) => void this.#follow(call, recorder, ticket),
    });
  }

  /** Calls that are up, or arrive and are looked up. */
  get activeCount(): number {
    return this.#activeCount;
  }

  /**
   * Takes an inbound call to this number, which is active from here on; resolves when it has ended.
   * @param arriving the leg, or its making: what is read meanwhile costs the caller no time.
   * @param arrivedAt when its request arrived, on the monotonic clock.
   */
  async receive(arriving: Leg | Promise<Leg>, number: PhoneNumber, arrivedAt: number): Promise<void> {
    this.#activeCount += 1;
    try {
      await this.#serve(arriving, number, arrivedAt);
    } finally {
      this.#leave();
    }
  }

  async #serve(arriving: Leg | Promise<Leg>, number: PhoneNumber, arrivedAt: number): Promise<void> {
    const { orgs, live, clock } = this.#options;
    const [leg, org] = await bothOf(arriving, orgs.getOrg(number.orgId));
    const ticket = this.#lines.request(org ?? { id: number.orgId });
    const token = newMonitorToken();
    const { session, recorder, story } = this.#open(leg, number, org, token);
    this.#sessions.add(session);
    const leaveLive = live.add(token, liveCallOf(session, recorder));
    session.turns.on((latencyMs) => this.turns.emit(latencyMs));
    try {
      await session.run(async (signal) => {
        const route = await findRoute({ ...this.#options, number, story, recorder, ticket, signal });
        this.routed.emit(clock.monotonic() - arrivedAt);
        return route;
      });
      this.ended.emit(session.call);
    } finally {
      leaveLive();
      ticket.leave();
      this.#sessions.delete(session);
    }
  }

  /** Places the calls that are scheduled, at their time. */
  get schedule(): OutboundSchedule {
    return this.#outbound.schedule;
  }

  place(order: OutboundOrder): Promise<Call> {
    return this.#outbound.place(order);
  }

  cancel(orgId: string, callId: string): Promise<Call | undefined> {
    return this.#outbound.cancel(orgId, callId);
  }

  linesOf(org: Pick<Org, 'id' | 'concurrencyLimit'>): LinesLeft {
    return this.#outbound.linesOf(org);
  }

  /** Lets calls end by themselves for `limitMs`, then ends them with a farewell; resolves when none is left. */
  async drain(limitMs: number): Promise<void> {
    await this.schedule.stop();
    if (this.#activeCount === 0) return;
    const idle = new Promise<void>((resolve) => this.#idle.on(resolve));
    const limit = new Promise<void>((resolve) => this.#options.clock.setTimeout(resolve, limitMs));
    await Promise.race([idle, limit]);
    await Promise.all([...this.#sessions].map((session) => session.shutDown()));
  }

  /** Runs a call that we place to its end. */
  async #follow(outbound: OutboundCall, recorder: CallRecorder, ticket: LineTicket): Promise<void> {
    const { live } = this.#options;
    this.#activeCount += 1;
    this.#sessions.add(outbound);
    recorder.stored.on(() => live.timelineGrew.emit(outbound.call.id));
    outbound.opened.on((session) => session.turns.on((latencyMs) => this.turns.emit(latencyMs)));
    const { monitorToken = '' } = outbound.call;
    const leaveLive = live.add(monitorToken, liveOutboundCall(outbound, recorder));
    await outbound.run();
    this.ended.emit(outbound.call);
    leaveLive();
    ticket.leave();
    this.#outbound.forget(outbound.call.id);
    this.#sessions.delete(outbound);
    this.#leave();
  }

  #leave(): void {
    this.#activeCount -= 1;
    if (this.#activeCount === 0) this.#idle.emit();
  }

  /** Begins the record of a call before anything is decided about it. */
  #open(leg: Leg, number: PhoneNumber, org: Org | undefined, token: string) {
    const { serverMessages, live, recordingsDir, ringDelayMs, clock } = this.#options;
    const call = this.#newCall(leg, number, token);
    const logger = this.#options.logger.child({ callId: call.id });
    const story = new CallStory(number, org);
    const render = story.renderWith(serverMessages);
    const recorder = new CallRecorder({ ...this.#options, call, render, logger });
    recorder.stored.on(() => live.timelineGrew.emit(call.id));
    recorder.open([{ type: 'call.ringing', data: { dialled: leg.dialled, source: leg.source.address } }], {
      type: 'status-changed',
    });
    const file = `${call.id}.wav`;
    const session = new CallSession({
      ...this.#options,
      leg,
      recorder,
      story,
      recording: { file, path: join(recordingsDir, file) },
      holdSound: org?.holdSound ?? 'ringing',
      ringDelayMs: org?.ringDelayMs ?? ringDelayMs,
      clock,
      logger,
    });
    return { session, recorder, story };
  }

  #newCall(leg: Leg, number: PhoneNumber, token: string): Call {
    const now = this.#options.clock.now();
    return {
      id: newId(now),
      orgId: number.orgId,
      nodeId: this.#options.nodeId,
      direction: 'inbound',
      carrier: leg.carrier,
      transport: leg.transport,
      status: 'ringing',
      numberId: number.id,
      customer: leg.customer,
      carrierCallId: leg.carrierCallId,
      variables: variablesOf(leg.headers),
      headers: leg.headers,
      monitorToken: token,
      createdAt: now,
      updatedAt: now,
    };
  }
}

/** As `Promise.all`, but rejects only when both have settled: a leg must not come to be behind a call that was given up. */
async function bothOf<A, B>(first: A | Promise<A>, second: Promise<B>): Promise<[A, B]> {
  await Promise.allSettled([first, second]);
  return Promise.all([first, second]);
}

/** Every `X-Name: value` of the INVITE is the template variable `name` (docs.vapi.ai, SIP). */
function variablesOf(headers: Record<string, string>): Record<string, string> {
  return Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.replace(/^x-/, ''), value]));
}
