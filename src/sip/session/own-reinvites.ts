import { randomInt } from 'node:crypto';
import type { Timer } from '../../lib/clock.ts';
import { type DialogRequestContent, sequenceOf } from '../dialog/dialog.ts';
import type { SipRequest, SipResponse } from '../message/message.ts';
import type { ClientTransaction } from '../transaction/client-transaction.ts';
import { allowHeader } from './capabilities.ts';
import { rejectionOf, withHeaders } from './dialog-channel.ts';
import type { SentMessage } from './request-sender.ts';
import { sdpContent, sdpOf } from './sdp-body.ts';
import { SipRejection } from './session.ts';
import type { SessionParts } from './session-parts.ts';
import { grantedInterval } from './session-timer.ts';

/** How often a request that met one of the peer's is tried in all; two sides that back off by the RFC meet once or twice. */
const MAX_ATTEMPTS = 5;
/** Steps of the back-off (RFC 3261 section 14.1). */
const BACK_OFF_UNIT_MS = 10;

/** How long to wait after a 491: 2.1 to 4 s for the owner of the Call-ID, else 0 to 2 s (RFC 3261 section 14.1). */
export function glareBackOffMs(isCallIdOwner: boolean): number {
  return BACK_OFF_UNIT_MS * (isCallIdOwner ? randomInt(210, 401) : randomInt(0, 201));
}

interface Modification {
  method: 'INVITE' | 'UPDATE';
  /** An UPDATE may have none: it then refreshes target and timer alone. */
  offer: string | undefined;
}

/** Re-INVITEs and UPDATEs that we send, one after another (RFC 3261 section 14.1, RFC 3311 section 5.1). */
export class OwnReinvites {
  readonly #parts: SessionParts;
  readonly #isPeerPending: () => boolean;
  #last: Promise<unknown> = Promise.resolve();
  #isInviting = false;
  #isStopped = false;
  /** Of the last re-INVITE. */
  #sent: Promise<ClientTransaction> | undefined;
  /** With a timer: a back-off; without: until the peer's exchange is complete. */
  #waiting: { timer: Timer | undefined; wake: () => void } | undefined;

  constructor(parts: SessionParts, isPeerPending: () => boolean) {
    this.#parts = parts;
    this.#isPeerPending = isPeerPending;
  }

  /** A re-INVITE of ours waits for its final response. */
  get isPending(): boolean {
    return this.#isInviting;
  }

  /** Waits while an exchange that the peer began is open. @returns the peer's answer. @throws {SipRejection} with the final status; 481 when the session has ended. */
  async send(offer: string): Promise<string> {
    return this.#answerOf(await this.#enqueue({ method: 'INVITE', offer }));
  }

  /** UPDATE, with an offer or without (RFC 3311). @throws {SipRejection} as {@link send}; 405 where the peer does not take it. */
  async update(offer: string | undefined): Promise<string | undefined> {
    if (!this.#parts.channel.allows('UPDATE')) throw new SipRejection(405, 'peer takes no UPDATE');
    const response = await this.#enqueue({ method: 'UPDATE', offer });
    return offer === undefined ? undefined : this.#answerOf(response);
  }

  /** Refreshes the session as it is: by UPDATE where the peer takes it, else by the description in force (RFC 4028 section 7.4). */
  async refresh(): Promise<void> {
    const { channel, exchange } = this.#parts;
    if (channel.allows('UPDATE')) {
      await this.#enqueue({ method: 'UPDATE', offer: undefined });
      return;
    }
    const remote = exchange.remote;
    const offer = exchange.local ?? this.#parts.answer(undefined);
    const answer = this.#answerOf(await this.#enqueue({ method: 'INVITE', offer }));
    if (answer !== remote) this.#parts.onAnswer(answer);
  }

  /** The peer's exchange is complete: what waited for it goes on. */
  peerCompleted(): void {
    if (this.#waiting?.timer === undefined) this.#waiting?.wake();
  }

  stop(): void {
    this.#isStopped = true;
    this.#parts.context.clock.clearTimeout(this.#waiting?.timer);
    this.#waiting?.wake();
    // A re-INVITE that has but a 100 would wait for ever. One that was never sent has told its caller so.
    this.#sent?.then(
      (transaction) => transaction.limit(),
      () => undefined,
    );
  }

  #enqueue(modification: Modification): Promise<SipResponse> {
    const result = this.#last.then(() => this.#modify(modification));
    // The next one waits for the end of this one, whatever it is; the caller hears of a failure through `result`.
    this.#last = result.catch(() => undefined);
    return result;
  }

  async #modify(modification: Modification): Promise<SipResponse> {
    const { context, channel, timer, exchange, isInitiator } = this.#parts;
    for (let attempt = 1; ; ) {
      if (this.#isStopped) throw new SipRejection(481, 'session has ended');
      // An UPDATE is for what cannot wait: it may overtake the peer's ACK (RFC 3311 section 5.1).
      const waits = modification.method === 'INVITE' ? this.#isPeerPending() : false;
      if (waits) {
        await this.#untilResumed();
        continue;
      }
      if (modification.offer !== undefined && exchange.state !== 'stable') {
        throw new SipRejection(491, 'another offer is open');
      }
      const response = await this.#attempt(modification);
      if (response.status < 300) {
        if (channel.dialog.state === 'confirmed')
          timer.agree(grantedInterval(response, context.sessionTimer));
        return response;
      }
      const isGlare = response.status === 491;
      if (attempt >= MAX_ATTEMPTS || !(isGlare || timer.raise(response))) throw rejectionOf(response);
      attempt += 1;
      if (isGlare) await this.#untilResumed(glareBackOffMs(isInitiator));
    }
  }

  async #attempt({ method, offer }: Modification): Promise<SipResponse> {
    const { context, channel, exchange, timer } = this.#parts;
    const sdp = sdpContent(offer);
    const content: DialogRequestContent = {
      headers: [
        channel.contact,
        allowHeader,
        context.capabilities.supportedHeader,
        ...timer.requestHeaders,
        ...sdp.headers,
      ],
      body: sdp.body,
    };
    if (offer !== undefined) exchange.offerLocally(offer);
    // Once this dialog has been left, an offer that is open is that of another one.
    const isOurs = () => offer !== undefined && !this.#isStopped;
    try {
      const response = await (method === 'INVITE' ? this.#invite(content) : this.#update(content));
      const answer = response.status < 300 ? sdpOf(response) : undefined;
      if (isOurs() && typeof answer === 'string') exchange.answerRemotely(answer);
      return response;
    } finally {
      if (isOurs() && exchange.state === 'have-local-offer') exchange.withdraw();
    }
  }

  async #update(content: DialogRequestContent): Promise<SipResponse> {
    const { channel } = this.#parts;
    const response = await channel.request('UPDATE', content);
    if (response.status < 300) channel.dialog.refreshTarget(response);
    // It said that it takes UPDATE and does not; a later refresh is a re-INVITE.
    if (response.status === 405 || response.status === 501) channel.disallow('UPDATE');
    return response;
  }

  async #invite(content: DialogRequestContent): Promise<SipResponse> {
    this.#isInviting = true;
    try {
      const first = await this.#transact(content);
      const authorization = this.#parts.channel.authorizationFor(first.request, first.response);
      if (!authorization || this.#isStopped) return first.response;
      return (await this.#transact(withHeaders(content, authorization))).response;
    } finally {
      this.#isInviting = false;
    }
  }

  /** One INVITE transaction; each 2xx is acknowledged, the first one moves the remote target. */
  #transact(content: DialogRequestContent): Promise<{ request: SipRequest; response: SipResponse }> {
    const { channel } = this.#parts;
    return new Promise((resolve, reject) => {
      let ack: Promise<SentMessage> | undefined;
      const sent = channel.send('INVITE', content, {
        onResponse: (response) => {
          if (response.status < 200) return;
          if (response.status < 300) {
            if (ack) {
              ack.then((message) => message.resend(), reject);
              return;
            }
            channel.dialog.refreshTarget(response);
            channel.noteCapabilities(response);
            ack = sent.then(({ request }) => channel.ack(sequenceOf(request)));
            ack.catch(reject);
          }
          sent.then(({ request }) => resolve({ request, response }), reject);
        },
        onTimeout: () => reject(new SipRejection(408, 'no response')),
        onTransportError: (error) => reject(new SipRejection(503, error.message)),
      });
      sent.catch(reject);
      this.#sent = sent;
    });
  }

  #answerOf(response: SipResponse): string {
    const answer = sdpOf(response);
    if (typeof answer === 'string') return answer;
    throw new SipRejection(488, 'answer to our offer is missing');
  }

  #untilResumed(delayMs?: number): Promise<void> {
    return new Promise((resolve) => {
      const wake = () => {
        this.#waiting = undefined;
        resolve();
      };
      const { clock } = this.#parts.context;
      const timer = delayMs === undefined ? undefined : clock.setTimeout(wake, delayMs);
      this.#waiting = { timer, wake };
    });
  }
}
