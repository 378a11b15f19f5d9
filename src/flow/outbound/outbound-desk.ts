import { join } from 'node:path';
import type { Agent } from '../../domain/agents/agent.ts';
import { overridden } from '../../domain/agents/overridden.ts';
import type { Call } from '../../domain/calls/call.ts';
import type { CallRepository } from '../../domain/calls/call-repository.ts';
import { blameOf } from '../../domain/calls/end-reason.ts';
import type { OutboundOrder } from '../../domain/calls/outbound-order.ts';
import type { OutboundOrderRepository } from '../../domain/calls/outbound-order-repository.ts';
import type { CredentialRepository } from '../../domain/credentials/credential-repository.ts';
import type { NumberRepository } from '../../domain/numbers/number-repository.ts';
import type { Org } from '../../domain/orgs/org.ts';
import type { OrgRepository } from '../../domain/orgs/org-repository.ts';
import { newId } from '../../lib/ids.ts';
import type { Dialer, DialJudge, OutboundLeg } from '../dialer.ts';
import { newMonitorToken } from '../live/live-calls.ts';
import type { CallNotice, CallScene } from '../server-messages.ts';
import { CallRecorder } from '../session/call-recorder.ts';
import { CallSession } from '../session/call-session.ts';
import type { CallSessionOptions } from '../session/call-session-options.ts';
import { CallStory } from '../session/call-story.ts';
import type { LineTicket, OrgLines } from '../session/org-lines.ts';
import { newOutboundCall } from './new-outbound-call.ts';
import { OutboundCall } from './outbound-call.ts';
import type { LinesLeft, OutboundCalls } from './outbound-calls.ts';
import { OutboundSchedule } from './outbound-schedule.ts';

type SessionParts = Pick<
  CallSessionOptions,
  'voice' | 'directory' | 'serverMessages' | 'knowledge' | 'fetch' | 'audio' | 'clock' | 'logger'
>;

export interface OutboundDeskOptions extends SessionParts {
  dialer: Dialer & DialJudge;
  orgs: Pick<OrgRepository, 'getOrg'>;
  calls: CallRepository;
  credentials: Pick<CredentialRepository, 'get'>;
  numbers: Pick<NumberRepository, 'get'>;
  orders: OutboundOrderRepository;
  lines: OrgLines;
  nodeId: string;
  /** How long calls ring before nobody is thought to be there. */
  ringLimitMs: number;
  recordingsDir: string;
  /** Told of each call that begins: runs it to its end, then lets its line go and forgets it here. */
  begun(call: OutboundCall, recorder: CallRecorder, ticket: LineTicket): void;
}

/** Takes orders of calls in: judges, stores, places or schedules them. */
export class OutboundDesk implements OutboundCalls {
  readonly schedule: OutboundSchedule;
  readonly #options: OutboundDeskOptions;
  readonly #open = new Map<string, OutboundCall>();

  constructor(options: OutboundDeskOptions) {
    this.#options = options;
    const { orders, nodeId, clock, logger, orgs } = options;
    this.schedule = new OutboundSchedule({
      orders,
      nodeId,
      clock,
      logger,
      begin: ({ call, order }) =>
        void orgs
          .getOrg(call.orgId)
          .then(async (org) => {
            const story = storyOf(order, org, await this.#agentOf(order));
            this.#begin(order, call, story, { isStored: true });
          })
          .catch((error: unknown) => {
            // The call stays `queued` in the store, and the next start of this process ends it.
            logger.error({ callId: call.id, err: error }, 'a scheduled call could not be begun');
          }),
    });
  }

  async place(order: OutboundOrder): Promise<Call> {
    const { dialer, orgs, nodeId, clock } = this.#options;
    await dialer.judge({ ...order, by: 'api' });
    const org = await orgs.getOrg(order.orgId);
    const agent = await this.#agentOf(order);
    const story = storyOf(order, org, agent);
    const now = clock.now();
    const isLater = (order.schedule?.earliestAt ?? now) > now;
    const facts = { id: newId(now), nodeId, monitorToken: newMonitorToken(), agent, now };
    const call = newOutboundCall(order, isLater ? 'scheduled' : 'queued', facts);
    if (isLater) return this.#keepForLater(order, call, story);
    const recorder = this.#begin(order, call, story, { isStored: false });
    await recorder.flushed();
    return recorder.call;
  }

  async cancel(orgId: string, callId: string): Promise<Call | undefined> {
    const open = this.#open.get(callId);
    if (open?.call.orgId === orgId) {
      if (open.call.answeredAt !== undefined) return undefined;
      await open.cancel();
      return this.#options.calls.get(orgId, callId);
    }
    return this.#withdraw(orgId, callId);
  }

  linesOf(org: Pick<Org, 'id' | 'concurrencyLimit'>): LinesLeft {
    const { concurrencyLimit: limit, id } = org;
    const taken = this.#options.lines.takenBy(id);
    return {
      isBlocked: limit !== undefined && taken > limit,
      limit,
      remaining: limit === undefined ? undefined : Math.max(0, limit - taken),
    };
  }

  /** The agent as it will speak, where the order names or brings one. */
  async #agentOf({ agent: choice, orgId }: OutboundOrder): Promise<Agent | undefined> {
    if (choice.kind === 'squad' || choice.kind === 'transient-squad') return undefined;
    const { agents } = this.#options.directory;
    const agent = choice.kind === 'agent' ? await agents.get(orgId, choice.agentId) : choice.agent;
    return agent && overridden(agent, choice.overrides);
  }

  async #keepForLater(order: OutboundOrder, call: Call, story: CallStory): Promise<Call> {
    const { orders, clock } = this.#options;
    const at = clock.now();
    const { earliestAt = at } = order.schedule ?? {};
    const event = eventOf(call, 'call.scheduled', at, { earliestAt });
    const deliveries = this.#deliveries(story.scene(call), [{ type: 'status-changed' }]);
    await orders.insert(call, order, earliestAt, [event], deliveries);
    void this.schedule.wake();
    return call;
  }

  async #withdraw(orgId: string, callId: string): Promise<Call | undefined> {
    const { calls, orders, orgs, clock } = this.#options;
    const call = await calls.get(orgId, callId);
    if (call?.status !== 'scheduled') return undefined;
    const endedAt = clock.now();
    const reason = 'scheduled-call-deleted';
    const blame = blameOf(reason);
    const change = (scheduled: Call): Call => ({
      ...scheduled,
      status: 'ended',
      endedAt,
      updatedAt: endedAt,
      endReason: reason,
      blame,
      messages: [],
      turns: [],
    });
    const event = eventOf(call, 'call.ended', endedAt, { reason, blame });
    const notices: CallNotice[] = [{ type: 'status-changed' }, { type: 'call-reported' }];
    const scene = { number: undefined, org: await orgs.getOrg(orgId), agent: call.agent };
    const deliveries = this.#deliveries({ ...scene, call: change(call), messages: [], turns: [] }, notices);
    return orders.withdraw(orgId, callId, event, change, deliveries);
  }

  #begin(
    order: OutboundOrder,
    call: Call,
    story: CallStory,
    { isStored }: { isStored: boolean },
  ): CallRecorder {
    const { calls, lines, serverMessages, clock } = this.#options;
    const logger = this.#options.logger.child({ callId: call.id });
    const render = story.renderWith(serverMessages);
    const recorder = new CallRecorder({ call, calls, render, clock, logger });
    if (isStored) recorder.record('call.queued', {}, (stored) => stored, { type: 'status-changed' });
    else recorder.open([{ type: 'call.queued', data: {} }], { type: 'status-changed' });
    for (const field of order.ignoredFields ?? [])
      recorder.record('field.ignored', { field, reason: 'a call is placed without it' });
    const ticket = lines.request(story.org ?? { id: call.orgId });
    const outbound = new OutboundCall({
      ...this.#options,
      order,
      recorder,
      story,
      ticket,
      openSession: (leg) => this.#openSession(leg, recorder, story),
      logger,
    });
    this.#open.set(call.id, outbound);
    this.#options.begun(outbound, recorder, ticket);
    return recorder;
  }

  /** A call has ended. */
  forget(callId: string): void {
    this.#open.delete(callId);
  }

  #openSession(leg: OutboundLeg, recorder: CallRecorder, story: CallStory): CallSession {
    const file = `${recorder.call.id}.wav`;
    return new CallSession({
      ...this.#options,
      leg,
      recorder,
      story,
      recording: { file, path: join(this.#options.recordingsDir, file) },
      holdSound: 'ringing',
      // It is the far end that rings.
      ringDelayMs: 0,
    });
  }

  #deliveries(scene: CallScene, notices: CallNotice[]) {
    const { serverMessages, clock } = this.#options;
    return notices.flatMap((notice) => serverMessages.deliveriesOf(notice, scene, clock.now()));
  }
}

/** What is told before the agent speaks goes to its server too. */
function storyOf({ number }: OutboundOrder, org: Org | undefined, agent: Agent | undefined): CallStory {
  const story = new CallStory(number, org);
  story.agent = agent;
  return story;
}

function eventOf(call: Call, type: 'call.scheduled' | 'call.ended', at: number, data: object) {
  const { id: callId, orgId } = call;
  return { id: newId(at), callId, orgId, type, at, data: data as Record<string, unknown> };
}
