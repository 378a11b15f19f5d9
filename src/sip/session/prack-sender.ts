import type { Logger } from '../../lib/logger.ts';
import type { SipResponse } from '../message/message.ts';
import type { DialogChannel } from './dialog-channel.ts';
import { reliableSequence } from './reliable-responses.ts';
import { sdpContent } from './sdp-body.ts';

/** Acknowledges reliable provisional responses to one INVITE (RFC 3262 section 4). */
export class PrackSender {
  readonly #logger: Logger;
  /** The last RSeq of each fork, by To tag. */
  readonly #last = new Map<string, number>();

  constructor(logger: Logger) {
    this.#logger = logger;
  }

  /** The INVITE goes out anew, so that its responses count anew. */
  clear(): void {
    this.#last.clear();
  }

  /**
   * Whether a provisional response is to be heeded. A copy and one behind a gap are not: the one that is missing is sent
   * again, and then the others.
   */
  isInOrder(response: SipResponse, channel: DialogChannel | undefined): boolean {
    const rseq = reliableSequence(response);
    if (rseq === undefined) return true;
    if (!channel) return false;
    const last = this.#last.get(channel.dialog.remoteTag);
    if (last !== undefined && rseq !== last + 1) return false;
    this.#last.set(channel.dialog.remoteTag, rseq);
    return true;
  }

  /** Sends PRACK where the response wants one, with our answer where it made an offer. */
  acknowledge(
    response: SipResponse,
    channel: DialogChannel | undefined,
    inviteSequence: number,
    answer: string | undefined,
  ): void {
    const rseq = reliableSequence(response);
    if (rseq === undefined || !channel) return;
    const content = sdpContent(answer);
    const headers = [{ name: 'RAck', value: `${rseq} ${inviteSequence} INVITE` }, ...content.headers];
    channel
      .request('PRACK', { headers, body: content.body })
      .then(({ status }) => {
        if (status >= 300) this.#logger.info({ status }, 'SIP PRACK was refused');
      })
      .catch((error: Error) => this.#logger.info({ error: error.message }, 'SIP PRACK was not answered'));
  }
}
