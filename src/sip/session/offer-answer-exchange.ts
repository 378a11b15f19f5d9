export type ExchangeState = 'stable' | 'have-local-offer' | 'have-remote-offer';

/**
 * Where offer and answer of a session stand (RFC 3264 section 4), whichever messages carry them: at most one offer is open,
 * and an answer belongs to it.
 */
export class OfferAnswerExchange {
  #state: ExchangeState = 'stable';
  #open: string | undefined;
  #local: string | undefined;
  #remote: string | undefined;

  get state(): ExchangeState {
    return this.#state;
  }

  /** Our description that is in force. */
  get local(): string | undefined {
    return this.#local;
  }

  /** The peer's description that is in force. */
  get remote(): string | undefined {
    return this.#remote;
  }

  offerLocally(offer: string): void {
    this.#state = 'have-local-offer';
    this.#open = offer;
  }

  offerRemotely(offer: string): void {
    this.#state = 'have-remote-offer';
    this.#open = offer;
  }

  /** Our answer. Without an open offer it repeats one that was given (RFC 3261 section 13.2.1). */
  answerLocally(answer: string): void {
    if (this.#state !== 'have-remote-offer') return;
    this.#remote = this.#open;
    this.#local = answer;
    this.#settle();
  }

  /** The peer's answer. @returns false without an open offer: it repeats one that was given. */
  answerRemotely(answer: string): boolean {
    if (this.#state !== 'have-local-offer') return false;
    this.#local = this.#open;
    this.#remote = answer;
    this.#settle();
    return true;
  }

  /** The open offer was refused: what was in force stays so (RFC 3261 section 14.1). */
  withdraw(): void {
    this.#settle();
  }

  /** Another fork answers, or the INVITE goes out again: of what was agreed on before only our offer counts, if we made one. */
  restart(offer: string | undefined): void {
    this.#settle();
    this.#local = undefined;
    this.#remote = undefined;
    if (offer !== undefined) this.offerLocally(offer);
  }

  #settle(): void {
    this.#state = 'stable';
    this.#open = undefined;
  }
}
