import { DialError, type OutboundLeg } from '../dialer.ts';
import type { LegReferral } from '../leg.ts';
import {
  type AttemptEffect,
  type AttemptInput,
  type AttemptState,
  type Miss,
  nextStep,
  type Settlement,
} from './attempt-table.ts';

/** What the operator makes of what he was told. */
export type Verdict = { taken: true } | { taken: false; miss: Miss };

/** The outer world of one attempt. */
export interface AttemptPorts {
  /** Asks the caller's exchange. @throws {DialError} where it does not take that on */
  refer(): Promise<LegReferral>;
  /** @throws {DialError} */
  dial(): Promise<OutboundLeg>;
  /** Tells the operator what he has to know. Aborted when he or the caller leaves. */
  brief(operator: OutboundLeg, signal: AbortSignal): Promise<Verdict>;
  /** Takes the call back, or ends it; not waited for. */
  hangUp(operator: OutboundLeg): void;
  /** The operator has answered, and is told next what he has to know. */
  onAnswered(): void;
  /** REFER was refused for this reason, and a leg is dialled instead. */
  onReferRefused(reason: string): void;
}

/** How an attempt ended, with the operator's leg where he is ready for the caller. */
export type AttemptEnd =
  | Exclude<Settlement, { kind: 'reached' }>
  | { kind: 'reached'; operator: OutboundLeg };

/** Carries the steps of {@link nextStep} out. */
export class Attempt {
  readonly #ports: AttemptPorts;
  readonly #end = Promise.withResolvers<AttemptEnd>();
  readonly #over = new AbortController();
  #state: AttemptState = 'new';
  #operator: OutboundLeg | undefined;

  constructor(ports: AttemptPorts) {
    this.#ports = ports;
  }

  /** Whether the caller's own exchange is bringing him there: that he leaves is what was wanted. */
  get isFollowing(): boolean {
    return this.#state === 'following';
  }

  /** Begins, and resolves with the end; `callerLeft` cuts it short at once. Never rejects. */
  run(verb: 'refer' | 'dial' | 'bye', callerLeft: AbortSignal): Promise<AttemptEnd> {
    const leave = () => this.#put({ type: 'caller-left' });
    callerLeft.addEventListener('abort', leave, { once: true });
    this.#put({ type: verb });
    if (callerLeft.aborted) leave();
    return this.#end.promise.finally(() => callerLeft.removeEventListener('abort', leave));
  }

  #put(input: AttemptInput): void {
    const [state, ...effects] = nextStep(this.#state, input);
    this.#state = state;
    for (const effect of effects) this.#carryOut(effect);
  }

  #carryOut(effect: AttemptEffect): void {
    switch (effect.type) {
      case 'ask-to-refer':
        void this.#refer();
        break;
      case 'dial':
        void this.#dial();
        break;
      case 'brief':
        void this.#brief();
        break;
      case 'hang-up-operator':
        if (this.#operator) this.#ports.hangUp(this.#operator);
        break;
      case 'settle':
        this.#over.abort();
        this.#settle(effect.settlement);
    }
  }

  #settle(settlement: Settlement): void {
    if (settlement.kind !== 'reached') this.#end.resolve(settlement);
    else if (this.#operator) this.#end.resolve({ kind: 'reached', operator: this.#operator });
  }

  async #refer(): Promise<void> {
    try {
      const referral = await this.#ports.refer();
      this.#put({ type: 'refer-accepted' });
      this.#put({ type: 'refer-settled', status: await referral.settled });
    } catch (error) {
      if (this.#state === 'asking') this.#ports.onReferRefused(messageOf(error));
      this.#put({ type: 'refer-refused' });
    }
  }

  async #dial(): Promise<void> {
    try {
      const operator = await this.#ports.dial();
      this.#operator = operator;
      if (this.#state === 'over') {
        this.#ports.hangUp(operator);
        return;
      }
      await operator.answered;
      if (this.#state === 'dialling') this.#ports.onAnswered();
      this.#put({ type: 'answered' });
    } catch (error) {
      this.#put({ type: 'missed', miss: missOf(error) });
    }
  }

  async #brief(): Promise<void> {
    const operator = this.#operator;
    if (!operator) return;
    const stop = operator.ended.on(() => this.#put({ type: 'operator-left' }));
    if (operator.end) this.#put({ type: 'operator-left' });
    try {
      const verdict = await this.#ports.brief(operator, this.#over.signal);
      this.#put(verdict.taken ? { type: 'briefed' } : { type: 'declined', miss: verdict.miss });
    } catch (error) {
      this.#put({ type: 'declined', miss: { outcome: 'failed', detail: messageOf(error) } });
    } finally {
      stop();
    }
  }
}

/** Why nobody was reached, in the words of the record. */
export function missOf(error: unknown): Miss {
  if (!(error instanceof DialError)) return { outcome: 'failed', detail: messageOf(error) };
  const { outcome, status, message: detail } = error;
  const told = { ...(status !== undefined && { status }), detail };
  if (outcome === 'cancelled') return { outcome: 'cancelled-by-caller', ...told };
  return { outcome: outcome === 'refused' || outcome === 'connected' ? 'failed' : outcome, ...told };
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
