import { randomInt } from 'node:crypto';
import { isSpace, parseDecimal } from '../message/characters.ts';
import { headerValue, headerValues } from '../message/headers.ts';
import type { HeaderLine, SipMessage, SipRequest, SipResponse } from '../message/message.ts';
import { AnswerRetransmission } from './answer-retransmission.ts';
import type { SessionContext } from './session-context.ts';

/** Option tag of reliable provisional responses (RFC 3262). */
export const RELIABLE = '100rel';
/** RSeq and the number in RAck are below 2^32 (RFC 3262 section 7.1). */
const MAX_RSEQ = 2 ** 32 - 1;
/** The first RSeq is below 2^31, so that it can count up (RFC 3262 section 3). */
const FIRST_RSEQ_LIMIT = 2 ** 31;

interface Provisional {
  create(headers: HeaderLine[]): SipResponse;
  /** It carries an offer or answer. */
  isDescription: boolean;
}

/** Provisional responses that are sent again until their PRACK, one at a time (RFC 3262 section 3). */
export class ReliableResponses {
  readonly #respond: (response: SipResponse) => void;
  readonly #onTimeout: () => void;
  readonly #retransmission: AnswerRetransmission;
  readonly #waiting: Provisional[] = [];
  #sent: (Provisional & { rseq: number }) | undefined;
  #nextRseq = randomInt(1, FIRST_RSEQ_LIMIT);
  #whenDescribed = Promise.withResolvers<void>();

  /** `onTimeout`: no PRACK came within 64 * T1. */
  constructor(context: SessionContext, respond: (response: SipResponse) => void, onTimeout: () => void) {
    this.#respond = respond;
    this.#onTimeout = onTimeout;
    // Unlike a 2xx, its interval doubles without end.
    this.#retransmission = new AnswerRetransmission(context.clock, {
      ...context.timers,
      t2Ms: Number.POSITIVE_INFINITY,
    });
  }

  /** A description is on its way: no 2xx may be sent (RFC 3262 section 3). */
  get isDescribing(): boolean {
    return [this.#sent, ...this.#waiting].some((provisional) => provisional?.isDescription);
  }

  /** Resolves when the description has its PRACK, or nothing more is sent. */
  get described(): Promise<void> {
    return this.#whenDescribed.promise;
  }

  send(provisional: Provisional): void {
    this.#waiting.push(provisional);
    if (!this.#sent) this.#sendNext();
  }

  /** A PRACK for the INVITE with this sequence number. @returns what it acknowledges; undefined for nothing that waits. */
  acknowledge(prack: SipRequest, inviteSequence: number): Provisional | undefined {
    const rack = readRack(headerValue(prack, 'RAck') ?? '');
    const sent = this.#sent;
    if (!sent || rack?.rseq !== sent.rseq || rack.sequence !== inviteSequence || rack.method !== 'INVITE')
      return undefined;
    this.#retransmission.stop();
    this.#sent = undefined;
    if (sent.isDescription) this.#whenDescribed.resolve();
    this.#sendNext();
    return sent;
  }

  /** The final response is due: what was sent may still be acknowledged, and is not sent again. */
  stop(): void {
    this.#retransmission.stop();
    this.#waiting.length = 0;
    this.#whenDescribed.resolve();
  }

  #sendNext(): void {
    const next = this.#waiting.shift();
    if (!next) return;
    const rseq = this.#nextRseq;
    this.#nextRseq += 1;
    this.#sent = { ...next, rseq };
    const response = next.create([
      { name: 'Require', value: RELIABLE },
      { name: 'RSeq', value: String(rseq) },
    ]);
    this.#respond(response);
    this.#retransmission.start(() => this.#respond(response), this.#onTimeout);
  }
}

/** Whether a request names an option tag in Require, or in Supported too. */
export function wantsReliable(request: SipRequest): 'required' | 'supported' | 'no' {
  if (headerValues(request, 'Require').includes(RELIABLE)) return 'required';
  return headerValues(request, 'Supported').includes(RELIABLE) ? 'supported' : 'no';
}

/** RSeq of a provisional response that wants a PRACK. */
export function reliableSequence(response: SipResponse): number | undefined {
  if (response.status === 100 || !headerValues(response, 'Require').includes(RELIABLE)) return undefined;
  return rseqOf(response);
}

function rseqOf(message: SipMessage): number | undefined {
  return parseDecimal(headerValue(message, 'RSeq') ?? '', MAX_RSEQ);
}

/** Reads `RAck` (RFC 3262 section 7.2). */
function readRack(value: string): { rseq: number; sequence: number; method: string } | undefined {
  const words: string[] = [];
  let start = 0;
  for (let at = 0; at <= value.length && words.length <= 3; at += 1) {
    if (at < value.length && !isSpace(value.charCodeAt(at))) continue;
    if (at > start) words.push(value.slice(start, at));
    start = at + 1;
  }
  const rseq = parseDecimal(words[0] ?? '', MAX_RSEQ);
  const sequence = parseDecimal(words[1] ?? '', MAX_RSEQ);
  const [, , method] = words;
  if (words.length !== 3 || rseq === undefined || sequence === undefined || method === undefined)
    return undefined;
  return { rseq, sequence, method };
}
