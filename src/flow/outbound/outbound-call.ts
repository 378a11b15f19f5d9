import type { Call } from '../../domain/calls/call.ts';
import type { EndReason } from '../../domain/calls/end-reason.ts';
import type { OutboundOrder } from '../../domain/calls/outbound-order.ts';
import type { CredentialRepository } from '../../domain/credentials/credential-repository.ts';
import type { NumberRepository } from '../../domain/numbers/number-repository.ts';
import { type Clock, pause } from '../../lib/clock.ts';
import { Emitter } from '../../lib/emitter.ts';
import type { Logger } from '../../lib/logger.ts';
import { DialError, type Dialer, NoRoomError, type OutboundLeg } from '../dialer.ts';
import { DialPaceError } from '../dialing/dial-gate.ts';
import { type Cast, type CastDirectory, CastError } from '../routing/cast.ts';
import {
  ignoredAccountFields,
  ignoredCarrierFields,
  ignoredVoicemailFields,
} from '../routing/ignored-fields.ts';
import type { CallRecorder } from '../session/call-recorder.ts';
import type { CallSession } from '../session/call-session.ts';
import type { CallStory } from '../session/call-story.ts';
import { closeRecord } from '../session/close-record.ts';
import type { LineTicket } from '../session/org-lines.ts';
import { castOrder } from './cast-order.ts';
import { unansweredReason } from './unanswered-reason.ts';
import { VoicemailWatch } from './voicemail-watch.ts';

/** Of the first request; RFC 3261 section 8.1.1.6. */
const MAX_FORWARDS = 70;
/** The lowest status that means that the far end knows of the call. */
const RINGING = 180;

export interface OutboundCallOptions {
  order: OutboundOrder;
  recorder: CallRecorder;
  story: CallStory;
  /** The call's claim to one of its org's lines. */
  ticket: LineTicket;
  dialer: Dialer;
  /** How long it rings before nobody is thought to be there. */
  ringLimitMs: number;
  directory: CastDirectory;
  /** Where the account of the number is read. */
  credentials: Pick<CredentialRepository, 'get'>;
  /** Where it is seen whether the number may still call. */
  numbers: Pick<NumberRepository, 'get'>;
  /** Makes the session once there is a leg. */
  openSession(leg: OutboundLeg): CallSession;
  clock: Clock;
  logger: Logger;
}

/** One call that we place, from the order to its end: waits for a line, dials, and lets the agent speak with who answers. */
export class OutboundCall {
  /** The leg is there, and with it the session. */
  readonly opened = new Emitter<CallSession>();
  readonly #options: OutboundCallOptions;
  readonly #over = new AbortController();
  readonly #done = Promise.withResolvers<void>();
  #session: CallSession | undefined;
  #isEnding = false;

  constructor(options: OutboundCallOptions) {
    this.#options = options;
  }

  get call(): Call {
    return this.#options.recorder.call;
  }

  /** Unset before there is a leg. */
  get session(): CallSession | undefined {
    return this.#session;
  }

  /** Resolves when the call has ended and its end is stored. Never rejects. */
  async run(): Promise<void> {
    try {
      await this.#place();
    } catch (error) {
      const { reason, message } = failureOf(error);
      if (!(error instanceof DialError || error instanceof CastError))
        this.#options.logger.error({ callId: this.call.id, err: error }, 'a call could not be placed');
      this.#end(reason, message);
    }
    await this.#done.promise;
  }

  /** Takes the call back, or hangs up. Resolves when its end is stored. */
  async cancel(): Promise<void> {
    if (this.#session) void this.#session.end('manually-canceled');
    else this.#end('manually-canceled', 'the call was taken back before it was dialled');
    await this.#done.promise;
  }

  /** The exchange goes down. */
  async shutDown(): Promise<void> {
    if (this.#session) await this.#session.shutDown();
    else this.#end('worker-shutdown', 'the exchange was shut down');
    await this.#done.promise;
  }

  async #place(): Promise<void> {
    const { order, directory } = this.#options;
    const { latestAt } = order.schedule ?? {};
    if (latestAt !== undefined && this.#options.clock.now() > latestAt) {
      this.#end('call.start.error-get-resources-validation', 'schedulePlan.latestAt has passed');
      return;
    }
    if (!(await this.#lineGranted())) {
      const why = 'all lines of the org are taken';
      this.#end('call.start.error-subscription-concurrency-limit-reached', why);
      return;
    }
    const cast = await castOrder(directory, order);
    await this.#noteIgnored(cast);
    // Nobody is called of whom a process that is killed would leave no trace.
    await this.#options.recorder.opened;
    const leg = await this.#dial();
    if (this.#isEnding) {
      await leg.hangup();
      return;
    }
    await this.#converse(leg, cast);
    this.#done.resolve();
  }

  /** Names what the number and the agent ask for and an outbound call cannot have yet. */
  async #noteIgnored({ agent }: Cast): Promise<void> {
    const { order, credentials, recorder } = this.#options;
    const { number, destination } = order;
    const { credentialId } = number;
    const account = credentialId && (await credentials.get(order.orgId, credentialId));
    const ignored = [
      ...(destination.type === 'number' ? ignoredCarrierFields(number) : []),
      ...(account ? ignoredAccountFields(account) : []),
      ...ignoredVoicemailFields(agent),
    ];
    for (const data of ignored) recorder.record('field.ignored', data);
  }

  async #lineGranted(): Promise<boolean> {
    const { ticket, recorder } = this.#options;
    if (ticket.state !== 'queued') return ticket.state === 'granted';
    recorder.record('call.queued', { position: ticket.position });
    this.#over.signal.addEventListener('abort', () => ticket.leave(), { once: true });
    return ticket.settled;
  }

  /** @throws {DialError} */
  async #dial(): Promise<OutboundLeg> {
    const { order, dialer, recorder, story, clock } = this.#options;
    for (;;) {
      this.#over.signal.throwIfAborted();
      await this.#judgeNumber();
      this.#over.signal.throwIfAborted();
      try {
        return await dialer.dial({
          call: recorder.call,
          number: story.number,
          destination: order.destination,
          ...(order.extension !== undefined && { extension: order.extension }),
          by: 'api',
          maxForwards: MAX_FORWARDS,
          timeoutMs: this.#options.ringLimitMs,
          onProgress: (status) => this.#onProgress(status),
        });
      } catch (error) {
        if (!(error instanceof DialPaceError)) throw error;
        await pause(clock, error.retryAfterMs, this.#over.signal);
      }
    }
  }

  /**
   * The number may have been blocked, or have gone, while the call waited for its time, for a line or for the pace of its
   * org. @throws {DialError} refused; {@link NumberGoneError}
   */
  async #judgeNumber(): Promise<void> {
    const { order, numbers } = this.#options;
    if (order.isTransientNumber) return;
    const number = await numbers.get(order.orgId, order.number.id);
    if (!number) throw new NumberGoneError();
    if (number.status === 'blocked') throw new DialError('refused', 'the number is blocked');
  }

  #onProgress(status: number): void {
    const { recorder } = this.#options;
    if (status < RINGING || recorder.call.status !== 'queued') return;
    recorder.record('call.ringing', { status }, (call) => ({ ...call, status: 'ringing' }), {
      type: 'status-changed',
    });
  }

  async #converse(leg: OutboundLeg, cast: Cast): Promise<void> {
    const { recorder, order, clock, logger, openSession } = this.#options;
    const { dialled, carrierCallId } = leg;
    recorder.record('call.dialled', { dialled }, (call) => ({ ...call, carrierCallId }));
    const session = openSession(leg);
    this.#session = session;
    this.opened.emit(session);
    const watch = new VoicemailWatch({ leg, session, recorder, order, agent: cast.agent, clock, logger });
    try {
      await session.run(async () => ({ kind: 'agent', cast, why: 'the call was ordered with this agent' }));
    } finally {
      watch.close();
    }
  }

  /** Ends a call that has no session, once. */
  #end(reason: EndReason, message: string): void {
    if (this.#isEnding) return;
    this.#isEnding = true;
    this.#over.abort(new DialError('cancelled', message));
    const { recorder, story, clock } = this.#options;
    const ending = { reason, message, endedAt: clock.now(), measured: undefined, transfers: [] };
    void closeRecord(recorder, story, ending).then(this.#done.resolve);
  }
}

/** The number that was to call is none of its org's any more. */
class NumberGoneError extends DialError {
  constructor() {
    super('refused', 'the org has the number no more: it was deleted, or handed to another org');
    this.name = 'NumberGoneError';
  }
}

/** What ends a call that came to no leg. */
function failureOf(error: unknown): { reason: EndReason; message: string } {
  const message = error instanceof Error ? error.message : String(error);
  if (error instanceof CastError) return { reason: 'assistant-not-found', message };
  if (error instanceof NumberGoneError) return { reason: 'call.start.error-get-phone-number', message };
  // No far end is to blame for what is our own.
  if (!(error instanceof DialError) || error instanceof NoRoomError)
    return { reason: 'call.in-progress.error-vapifault-worker-not-available', message };
  // Nothing was sent: there is no trunk, or its name leads nowhere.
  if (error.outcome === 'unreachable') return { reason: 'call.start.error-get-transport', message };
  return { reason: unansweredReason(error.outcome, error.status), message };
}
