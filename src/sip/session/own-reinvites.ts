import { randomInt } from 'node:crypto';
import type { Timer } from '../../lib/clock.ts';
import { type DialogRequestContent, sequenceOf } from '../dialog/dialog.ts';
import type { SipRequest, SipResponse } from '../message/message.ts';
import { allowHeader, supportedHeader } from './capabilities.ts';
import { type DialogChannel, rejectionOf, withHeaders } from './dialog-channel.ts';
import type { SentMessage } from './request-sender.ts';
import { sdpContent, sdpOf } from './sdp-body.ts';
import { SipRejection } from './session.ts';
import type { SessionContext } from './session-context.ts';

/** How often a re-INVITE that met one of the peer's is tried in all; two sides that back off by the RFC meet once or twice. */
const MAX_ATTEMPTS = 5;
/** Steps of the back-off (RFC 3261 section 14.1). */
const BACK_OFF_UNIT_MS = 10;

/** How long to wait after a 491: 2.1 to 4 s for the owner of the Call-ID, else 0 to 2 s (RFC 3261 section 14.1). */
export function glareBackOffMs(isCallIdOwner: boolean): number {
  return BACK_OFF_UNIT_MS * (isCallIdOwner ? randomInt(210, 401) : randomInt(0, 201));
}

/** Re-INVITEs that we send, one after another (RFC 3261 section 14.1). */
export class OwnReinvites {
  readonly #context: SessionContext;
  readonly #channel: DialogChannel;
  readonly #isCallIdOwner: boolean;
  readonly #isPeerPending: () => boolean;
  #last: Promise<unknown> = Promise.resolve();
  #isInviting = false;
  #isStopped = false;
  /** With a timer: a back-off; without: until the peer's exchange is complete. */
  #waiting: { timer: Timer | undefined; wake: () => void } | undefined;

  constructor(
    context: SessionContext,
    channel: DialogChannel,
    isCallIdOwner: boolean,
    isPeerPending: () => boolean,
  ) {
    this.#context = context;
    this.#channel = channel;
    this.#isCallIdOwner = isCallIdOwner;
    this.#isPeerPending = isPeerPending;
  }

  /** A re-INVITE of ours waits for its final response. */
  get isPending(): boolean {
    return this.#isInviting;
  }

  /** Waits while an exchange that the peer began is open. @returns the peer's answer. @throws {SipRejection} with the final status; 481 when the session has ended. */
  send(offer: string): Promise<string> {
    const result = this.#last.then(() => this.#negotiate(offer));
    // The next one waits for the end of this one, whatever it is; the caller hears of a failure through `result`.
    this.#last = result.catch(() => undefined);
    return result;
  }

  /** The peer's exchange is complete: what waited for it goes on. */
  peerCompleted(): void {
    if (this.#waiting?.timer === undefined) this.#waiting?.wake();
  }

  stop(): void {
    this.#isStopped = true;
    this.#context.clock.clearTimeout(this.#waiting?.timer);
    this.#waiting?.wake();
  }

  async #negotiate(offer: string): Promise<string> {
    for (let attempt = 1; ; ) {
      if (this.#isStopped) throw new SipRejection(481, 'session has ended');
      if (this.#isPeerPending()) {
        await this.#untilResumed();
        continue;
      }
      const response = await this.#invite(offer);
      if (response.status < 300) return answerOf(response);
      if (response.status !== 491 || attempt >= MAX_ATTEMPTS) throw rejectionOf(response);
      attempt += 1;
      await this.#untilResumed(glareBackOffMs(this.#isCallIdOwner));
    }
  }

  async #invite(offer: string): Promise<SipResponse> {
    const sdp = sdpContent(offer);
    const content: DialogRequestContent = {
      headers: [this.#channel.contact, allowHeader, supportedHeader, ...sdp.headers],
      body: sdp.body,
    };
    this.#isInviting = true;
    try {
      const first = await this.#transact(content);
      const authorization = this.#channel.authorizationFor(first.request, first.response);
      if (!authorization) return first.response;
      return (await this.#transact(withHeaders(content, authorization))).response;
    } finally {
      this.#isInviting = false;
    }
  }

  /** One INVITE transaction; each 2xx is acknowledged, the first one moves the remote target. */
  #transact(content: DialogRequestContent): Promise<{ request: SipRequest; response: SipResponse }> {
    return new Promise((resolve, reject) => {
      let ack: Promise<SentMessage> | undefined;
      const sent = this.#channel.send('INVITE', content, {
        onResponse: (response) => {
          if (response.status < 200) return;
          if (response.status < 300) {
            if (ack) {
              ack.then((message) => message.resend(), reject);
              return;
            }
            this.#channel.dialog.refreshTarget(response);
            ack = sent.then((request) => this.#channel.ack(sequenceOf(request)));
            ack.catch(reject);
          }
          sent.then((request) => resolve({ request, response }), reject);
        },
        onTimeout: () => reject(new SipRejection(408, 'no response')),
        onTransportError: (error) => reject(new SipRejection(503, error.message)),
      });
      sent.catch(reject);
    });
  }

  #untilResumed(delayMs?: number): Promise<void> {
    return new Promise((resolve) => {
      const wake = () => {
        this.#waiting = undefined;
        resolve();
      };
      const timer = delayMs === undefined ? undefined : this.#context.clock.setTimeout(wake, delayMs);
      this.#waiting = { timer, wake };
    });
  }
}

function answerOf(response: SipResponse): string {
  const answer = sdpOf(response);
  if (typeof answer === 'string') return answer;
  throw new SipRejection(488, 'answer to our offer is missing');
}
