import type { Transfer, TransferOutcome } from '../../domain/calls/call.ts';
import type { TransferDestination } from '../../domain/numbers/destination.ts';
import type { Clock } from '../../lib/clock.ts';
import { renderTemplate } from '../../voice/llm/template.ts';
import { DialError, type Dialer, type OutboundLeg } from '../dialer.ts';
import type { Leg } from '../leg.ts';
import { ignoredDestinationFields } from '../routing/ignored-fields.ts';
import { templateVariables } from '../session/call-facts.ts';
import type { CallRecorder } from '../session/call-recorder.ts';
import type { CallStory } from '../session/call-story.ts';

/** How long a destination may ring unless its plan says otherwise (the vendor's `dialTimeout`). */
const DIAL_TIMEOUT_MS = 60_000;

export type Placed = { leg: OutboundLeg } | { outcome: TransferOutcome; detail: string };

export interface TransfersOptions {
  leg: Leg;
  story: CallStory;
  recorder: CallRecorder;
  dialer: Dialer;
  clock: Clock;
}

/** The attempts of one call to reach somebody else, each written down from its beginning to its end. */
export class Transfers {
  readonly #options: TransfersOptions;
  readonly #transfers: Transfer[] = [];

  constructor(options: TransfersOptions) {
    this.#options = options;
  }

  /** Dials, and waits until the far end has answered, has failed to, or `signal` takes the call back. Never rejects. */
  async place(destination: TransferDestination, by: Transfer['by'], signal: AbortSignal): Promise<Placed> {
    const { recorder, clock } = this.#options;
    const transfer: Transfer = { destination, by, startedAt: clock.now() };
    const before = recorder.call.status;
    this.#transfers.push(transfer);
    for (const data of ignoredDestinationFields(destination)) recorder.record('field.ignored', data);
    recorder.record(
      'transfer.started',
      { by, to: addressOf(destination) },
      (call) => ({ ...call, status: 'forwarding', transfers: [...this.#transfers] }),
      { type: 'status-changed', destination },
      { type: 'transfer-began', transfer },
    );
    const placed = await this.#dial(destination, signal);
    if ('leg' in placed) {
      this.#change(transfer, { outcome: 'connected', answeredAt: clock.now() });
      recorder.record('transfer.ended', { to: addressOf(destination), outcome: 'connected' }, (call) => ({
        ...call,
        transfers: [...this.#transfers],
      }));
      return placed;
    }
    const { outcome, detail } = placed;
    this.#change(transfer, { outcome, detail, endedAt: clock.now() });
    recorder.record('transfer.ended', { to: addressOf(destination), outcome, detail }, (call) => ({
      ...call,
      status: before,
      transfers: [...this.#transfers],
    }));
    return placed;
  }

  /** All attempts, those that are up ended now: for the record of the call's end. */
  closed(): Transfer[] {
    const now = this.#options.clock.now();
    return this.#transfers.map((transfer) => ({ ...transfer, endedAt: transfer.endedAt ?? now }));
  }

  async #dial(destination: TransferDestination, signal: AbortSignal): Promise<Placed> {
    const { dialer, recorder, story, leg } = this.#options;
    const { dialTimeoutSeconds } = destination.transferPlan ?? {};
    try {
      const variables = templateVariables(recorder.call, story.number);
      const callerId = await renderTemplate(destination.callerId ?? '', variables);
      const operator = await dialer.dial({
        call: recorder.call,
        number: story.number,
        destination,
        ...(callerId !== '' && { callerId }),
        maxForwards: leg.maxForwards,
        near: leg.media,
        timeoutMs: dialTimeoutSeconds === undefined ? DIAL_TIMEOUT_MS : dialTimeoutSeconds * 1000,
      });
      const takeBack = () => void operator.hangup();
      signal.addEventListener('abort', takeBack, { once: true });
      if (signal.aborted) takeBack();
      try {
        await operator.answered;
      } finally {
        signal.removeEventListener('abort', takeBack);
      }
      return { leg: operator };
    } catch (error) {
      if (signal.aborted) return { outcome: 'cancelled', detail: 'the call ended first' };
      if (error instanceof DialError) return { outcome: error.outcome, detail: error.message };
      return { outcome: 'failed', detail: error instanceof Error ? error.message : String(error) };
    }
  }

  #change(transfer: Transfer, change: Partial<Transfer>): void {
    this.#transfers[this.#transfers.indexOf(transfer)] = { ...transfer, ...change };
  }
}

function addressOf(destination: TransferDestination): string {
  return destination.type === 'number' ? destination.number : destination.sipUri;
}
