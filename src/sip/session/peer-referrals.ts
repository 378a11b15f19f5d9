import type { Timer } from '../../lib/clock.ts';
import { breaksLine } from '../message/characters.ts';
import { headerAll, headerValue } from '../message/headers.ts';
import type { HeaderLine, SipRequest, SipUri } from '../message/message.ts';
import { parseNameAddress } from '../message/name-address.ts';
import { reasonPhrase } from '../message/reason-phrases.ts';
import type { ReceivedRequest } from '../transaction/received-request.ts';
import type { ServerTransaction } from '../transaction/server-transaction.ts';
import { TIMEOUT_FACTOR } from '../transaction/timers.ts';
import type { DialogChannel } from './dialog-channel.ts';
import { REFER_EVENT, SIPFRAG_CONTENT_TYPE } from './own-referrals.ts';
import type { IncomingReferral } from './session.ts';
import type { SessionContext } from './session-context.ts';

/** Referrals of one dialog that are open at a time: a phone has one, an attacker must not have our memory. */
const MAX_OPEN_REFERRALS = 8;
/** How long a peer is told how its referral goes: a call may ring for three minutes (RFC 3261 timer C). Seconds. */
const SUBSCRIPTION_SECONDS = 180;
/** A REFER that nobody decides on is refused after half the time that its sender waits (timer F). */
const DECISION_TIMEOUT_FACTOR = TIMEOUT_FACTOR / 2;

const encoder = new TextEncoder();

/** REFERs from the peer, and what we tell it of them (RFC 3515). */
export class PeerReferrals {
  readonly #context: SessionContext;
  readonly #channel: DialogChannel;
  readonly #open = new Set<PeerReferral>();
  #count = 0;

  constructor(context: SessionContext, channel: DialogChannel) {
    this.#context = context;
    this.#channel = channel;
  }

  /** `onRefer` unset: refused. */
  receive(
    received: ReceivedRequest,
    transaction: ServerTransaction,
    onRefer: ((referral: IncomingReferral) => void) | undefined,
  ): void {
    const respond = (status: number, headers: HeaderLine[] = []) =>
      transaction.respond(this.#context.responder.create(received, status, { headers }));
    const referTo = onlyReferTo(received.request);
    if (!referTo || !onRefer || this.#open.size >= MAX_OPEN_REFERRALS) {
      respond(referTo ? 603 : 400);
      return;
    }
    this.#count += 1;
    const id = this.#count > 1 ? `;id=${received.cseq.seq}` : '';
    const referral: PeerReferral = new PeerReferral(this.#context, this.#channel, {
      request: received.request,
      referTo,
      event: `${REFER_EVENT}${id}`,
      respond,
      onEnd: () => this.#open.delete(referral),
    });
    this.#open.add(referral);
    onRefer(referral);
  }

  /** The dialog has ended: what is undecided is refused; who has accepted may still tell the outcome (RFC 5057). */
  stop(): void {
    for (const referral of [...this.#open]) referral.dialogEnded();
  }
}

interface ReferralFields {
  request: SipRequest;
  referTo: SipUri;
  /** Value of Event in our NOTIFYs. */
  event: string;
  respond(status: number, headers?: HeaderLine[]): void;
  onEnd(): void;
}

class PeerReferral implements IncomingReferral {
  readonly request: SipRequest;
  readonly referTo: SipUri;
  readonly referredBy: string | undefined;
  readonly #context: SessionContext;
  readonly #channel: DialogChannel;
  readonly #fields: ReferralFields;
  /** The peer wants no NOTIFY (RFC 4488). */
  readonly #isSilent: boolean;
  #state: 'undecided' | 'active' | 'over' = 'undecided';
  #timer: Timer | undefined;
  #expiresAt = 0;
  #status = 100;
  /** NOTIFYs go one after another, so that none overtakes another. */
  #lastNotify: Promise<void> = Promise.resolve();

  constructor(context: SessionContext, channel: DialogChannel, fields: ReferralFields) {
    this.request = fields.request;
    this.referTo = fields.referTo;
    this.referredBy = headerValue(fields.request, 'Referred-By');
    this.#context = context;
    this.#channel = channel;
    this.#fields = fields;
    this.#isSilent = headerValue(fields.request, 'Refer-Sub')?.toLowerCase().startsWith('false') ?? false;
    const { clock, timers } = context;
    this.#timer = clock.setTimeout(() => this.reject(603), DECISION_TIMEOUT_FACTOR * timers.t1Ms);
  }

  accept(): void {
    if (this.#state !== 'undecided') return;
    const { clock } = this.#context;
    clock.clearTimeout(this.#timer);
    this.#state = 'active';
    const noSubscription: HeaderLine[] = this.#isSilent ? [{ name: 'Refer-Sub', value: 'false' }] : [];
    this.#fields.respond(202, [this.#channel.contact, ...noSubscription]);
    this.#expiresAt = clock.monotonic() + SUBSCRIPTION_SECONDS * 1000;
    this.#timer = clock.setTimeout(() => this.#expire(), SUBSCRIPTION_SECONDS * 1000);
    this.#tell(100, reasonPhrase(100), 'active');
  }

  notify(status: number, reason: string): void {
    if (!Number.isInteger(status) || status < 100 || status > 699)
      throw new RangeError(`not a SIP status: ${status}`);
    if (this.#state !== 'active') return;
    this.#status = status;
    const phrase = reason === '' || breaksLine(reason) ? reasonPhrase(status) : reason;
    if (status < 200) {
      this.#tell(status, phrase, 'active');
      return;
    }
    this.#tell(status, phrase, 'terminated;reason=noresource');
    this.#end();
  }

  reject(status: number): void {
    if (!Number.isInteger(status) || status < 300 || status > 699)
      throw new RangeError(`not a status to reject with: ${status}`);
    if (this.#state !== 'undecided') return;
    this.#fields.respond(status);
    this.#end();
  }

  dialogEnded(): void {
    if (this.#state === 'undecided') this.reject(481);
    // No timer of an ended session may stay; the owner tells the outcome, or nobody waits for it.
    this.#context.clock.clearTimeout(this.#timer);
  }

  /** The owner has not told how it ended in time: the last word is what was known (RFC 6665 section 4.1.3). */
  #expire(): void {
    this.#tell(this.#status, reasonPhrase(this.#status), 'terminated;reason=timeout');
    this.#end();
  }

  #end(): void {
    this.#state = 'over';
    this.#context.clock.clearTimeout(this.#timer);
    this.#fields.onEnd();
  }

  #tell(status: number, reason: string, state: string): void {
    if (this.#isSilent) return;
    const secondsLeft = Math.max(0, Math.ceil((this.#expiresAt - this.#context.clock.monotonic()) / 1000));
    const expires = state === 'active' ? `;expires=${secondsLeft}` : '';
    const headers = [
      this.#channel.contact,
      { name: 'Event', value: this.#fields.event },
      { name: 'Subscription-State', value: `${state}${expires}` },
      { name: 'Content-Type', value: `${SIPFRAG_CONTENT_TYPE};version=2.0` },
    ];
    const body = encoder.encode(`SIP/2.0 ${status} ${reason}\r\n`);
    const send = async () => {
      try {
        const response = await this.#channel.request('NOTIFY', { headers, body });
        // The peer knows no such subscription any more (RFC 6665 section 4.2.2).
        if (response.status === 481 && this.#state === 'active') this.#end();
      } catch (error) {
        this.#context.logger.info({ error: (error as Error).message }, 'SIP NOTIFY was not answered');
      }
    };
    this.#lastNotify = this.#lastNotify.then(send);
  }
}

/** The address of the one Refer-To that a REFER must have (RFC 3515 section 2.4.2). */
function onlyReferTo(request: SipRequest): SipUri | undefined {
  const values = headerAll(request, 'Refer-To');
  return values.length === 1 ? parseNameAddress(values[0] ?? '')?.uri : undefined;
}
