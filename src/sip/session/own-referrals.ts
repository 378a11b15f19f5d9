import type { Timer } from '../../lib/clock.ts';
import { Emitter } from '../../lib/emitter.ts';
import { sequenceOf } from '../dialog/dialog.ts';
import { isToken, parseDecimal } from '../message/characters.ts';
import { headerAll, headerValue } from '../message/headers.ts';
import type { HeaderLine, SipRequest, SipResponse } from '../message/message.ts';
import { ValueReader } from '../message/value-reader.ts';
import type { ReceivedRequest } from '../transaction/received-request.ts';
import { TIMEOUT_FACTOR } from '../transaction/timers.ts';
import type { DialogChannel } from './dialog-channel.ts';
import { rejectionOf } from './dialog-channel.ts';
import type { Refusal } from './request-checks.ts';
import { mediaType } from './sdp-body.ts';
import type { ReferProgress, ReferRequest, Referral } from './session.ts';
import type { SessionContext } from './session-context.ts';

export const SIPFRAG_CONTENT_TYPE = 'message/sipfrag';
/** The one event package that we know (RFC 3515). */
export const REFER_EVENT = 'refer';

/** How long a subscription lives whose NOTIFY names no time: a call may ring for three minutes (RFC 3261 timer C). Seconds. */
const DEFAULT_EXPIRES_SECONDS = 180;
/** The longest that we wait for a peer to say how its call went. Seconds. */
const MAX_EXPIRES_SECONDS = 3600;
/** NOTIFYs that are kept until the REFER has its 2xx; they may overtake it (RFC 3515 section 2.4.4). */
const MAX_EARLY_NOTES = 8;

const decoder = new TextDecoder('utf-8');

/** REFERs that we send in a dialog, and the subscriptions that they make (RFC 3515). */
export class OwnReferrals {
  readonly #context: SessionContext;
  readonly #channel: DialogChannel;
  /** By the sequence number of the REFER, the oldest first. */
  readonly #subscriptions = new Map<number, Subscription>();

  constructor(context: SessionContext, channel: DialogChannel) {
    this.#context = context;
    this.#channel = channel;
  }

  /** @throws {SipRejection} with the status of a refusal; 408 or 503 where there is no answer. */
  async send(refer: ReferRequest): Promise<Referral> {
    let sequence: number | undefined;
    const subscription = new Subscription(this.#context, () => {
      if (sequence !== undefined) this.#subscriptions.delete(sequence);
    });
    // A NOTIFY may come before the 2xx, so that the subscription is there from the start.
    const onSent = (request: SipRequest) => {
      if (sequence !== undefined) this.#subscriptions.delete(sequence);
      sequence = sequenceOf(request);
      this.#subscriptions.set(sequence, subscription);
    };
    try {
      const content = { headers: [this.#channel.contact, ...headersOf(refer)] };
      const response = await this.#channel.request('REFER', content, onSent);
      if (response.status >= 300) throw rejectionOf(response);
      subscription.accepted(response);
      return subscription;
    } catch (error) {
      subscription.end();
      throw error;
    }
  }

  /** A NOTIFY of the peer. @returns how it is to be answered. */
  receiveNotify({ request }: ReceivedRequest): Refusal {
    const event = readEvent(headerValue(request, 'Event') ?? '');
    if (event?.name !== REFER_EVENT) {
      return { status: 489, headers: [{ name: 'Allow-Events', value: REFER_EVENT }] };
    }
    const subscription = this.#find(event.id);
    if (!subscription) return { status: 481 };
    const state = readState(headerAll(request, 'Subscription-State')[0] ?? '');
    if (!state) return { status: 400, reason: 'Malformed Subscription-State' };
    const type = mediaType(headerValue(request, 'Content-Type') ?? '');
    if (request.body.length > 0 && type !== SIPFRAG_CONTENT_TYPE) {
      return { status: 415, headers: [{ name: 'Accept', value: SIPFRAG_CONTENT_TYPE }] };
    }
    subscription.notify(readStatusLine(request.body), state);
    return { status: 200 };
  }

  stop(): void {
    for (const subscription of [...this.#subscriptions.values()]) subscription.end();
  }

  /** The id may be left out in NOTIFYs of the first REFER of a dialog (RFC 3515 section 2.4.6). */
  #find(id: string | undefined): Subscription | undefined {
    if (id === undefined) return this.#subscriptions.values().next().value;
    return this.#subscriptions.get(Number(id));
  }
}

interface SubscriptionState {
  isTerminated: boolean;
  expiresSeconds: number | undefined;
}

class Subscription implements Referral {
  readonly progress = new Emitter<ReferProgress>();
  readonly settled: Promise<number | undefined>;
  readonly #context: SessionContext;
  readonly #outcome = Promise.withResolvers<number | undefined>();
  readonly #onEnd: () => void;
  /** What came before the 2xx; undefined once its owner listens. */
  #early: ReferProgress[] | undefined = [];
  #timer: Timer | undefined;
  #isOver = false;

  constructor(context: SessionContext, onEnd: () => void) {
    this.#context = context;
    this.#onEnd = onEnd;
    this.settled = this.#outcome.promise;
  }

  /** The REFER has its 2xx. One with `Refer-Sub: false` makes no subscription (RFC 4488 section 4). */
  accepted(response: SipResponse): void {
    const isSilent = headerValue(response, 'Refer-Sub')?.toLowerCase().startsWith('false') ?? false;
    // The first NOTIFY is due at once; without one there is no subscription (RFC 6665, timer N).
    if (isSilent) this.end();
    else if (!this.#isOver && !this.#timer) this.#endAfter(TIMEOUT_FACTOR * this.#context.timers.t1Ms);
    // Its owner has the referral once this turn is over, and can listen.
    this.#context.clock.setTimeout(() => {
      const notes = this.#early ?? [];
      this.#early = undefined;
      for (const note of notes) this.progress.emit(note);
    }, 0);
  }

  notify(progress: ReferProgress | undefined, state: SubscriptionState): void {
    if (progress) {
      if (!this.#early) this.progress.emit(progress);
      else if (this.#early.length < MAX_EARLY_NOTES) this.#early.push(progress);
      if (progress.status >= 200) this.#outcome.resolve(progress.status);
    }
    if (state.isTerminated) this.end();
    else this.#endAfter((state.expiresSeconds ?? DEFAULT_EXPIRES_SECONDS) * 1000);
  }

  /** No NOTIFY is awaited any more. */
  end(): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#context.clock.clearTimeout(this.#timer);
    this.#outcome.resolve(undefined);
    this.#onEnd();
  }

  #endAfter(delayMs: number): void {
    this.#context.clock.clearTimeout(this.#timer);
    this.#timer = this.#context.clock.setTimeout(() => this.end(), delayMs);
  }
}

function headersOf({ referTo, referredBy, headers = [] }: ReferRequest): HeaderLine[] {
  const lines: HeaderLine[] = [{ name: 'Refer-To', value: bracketed(referTo) }];
  if (referredBy !== undefined) lines.push({ name: 'Referred-By', value: bracketed(referredBy) });
  return [...lines, ...headers];
}

/** A bare URI's own parameters and headers would be read as the header's (RFC 3261 section 20). */
function bracketed(address: string): string {
  return address.includes('<') ? address : `<${address}>`;
}

/** Reads `Event` (RFC 6665 section 8.4). */
function readEvent(value: string): { name: string; id: string | undefined } | undefined {
  const reader = new ValueReader(value);
  const name = reader.token().toLowerCase();
  const params = reader.parameters();
  return params && { name, id: params.get('id') };
}

/** Reads `Subscription-State` (RFC 6665 section 8.4). */
function readState(value: string): SubscriptionState | undefined {
  const reader = new ValueReader(value);
  const name = reader.token();
  const params = reader.parameters();
  if (!params || !isToken(name)) return undefined;
  return {
    isTerminated: name.toLowerCase() === 'terminated',
    expiresSeconds: parseDecimal(params.get('expires') ?? '', MAX_EXPIRES_SECONDS),
  };
}

/** The status line that a `message/sipfrag` begins with (RFC 3515 section 2.4.5). */
function readStatusLine(body: Uint8Array): ReferProgress | undefined {
  const [line = ''] = decoder.decode(body).split(/\r?\n/, 1);
  const match = /^SIP\/2\.0 ([1-6]\d\d)(?: (.*))?$/.exec(line);
  return match ? { status: Number(match[1]), reason: match[2] ?? '' } : undefined;
}
