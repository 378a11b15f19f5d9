import type { Transfer } from '../../domain/calls/call.ts';
import { addressOf, type TransferDestination } from '../../domain/numbers/destination.ts';
import type { Clock } from '../../lib/clock.ts';
import type { CallRecorder } from '../session/call-recorder.ts';
import type { AttemptEnd } from './attempt.ts';

/** Every attempt of one call to reach somebody else, written down and told from its beginning to its end. */
export class TransferLog {
  readonly #recorder: CallRecorder;
  readonly #clock: Clock;
  readonly #transfers: Transfer[] = [];

  constructor({ recorder, clock }: { recorder: CallRecorder; clock: Clock }) {
    this.#recorder = recorder;
    this.#clock = clock;
  }

  begin(transfer: Omit<Transfer, 'startedAt'>): TransferEntry {
    const index = this.#transfers.push({ ...transfer, startedAt: this.#clock.now() }) - 1;
    const change = (part: Partial<Transfer>) => {
      this.#transfers[index] = { ...this.#current(index), ...part };
    };
    return new TransferEntry(this.#recorder, this.#clock, {
      current: () => this.#current(index),
      all: () => [...this.#transfers],
      change,
    });
  }

  /** All attempts, those that are up ended now: for the record of the call's end. */
  closed(): Transfer[] {
    const now = this.#clock.now();
    return this.#transfers.map((transfer) => ({ ...transfer, endedAt: transfer.endedAt ?? now }));
  }

  #current(index: number): Transfer {
    const transfer = this.#transfers[index];
    if (!transfer) throw new Error('the attempt was never begun');
    return transfer;
  }
}

interface EntryStore {
  current(): Transfer;
  all(): Transfer[];
  change(part: Partial<Transfer>): void;
}

/** One attempt in the record. */
export class TransferEntry {
  readonly #recorder: CallRecorder;
  readonly #clock: Clock;
  readonly #store: EntryStore;
  readonly #before;

  constructor(recorder: CallRecorder, clock: Clock, store: EntryStore) {
    this.#recorder = recorder;
    this.#clock = clock;
    this.#store = store;
    this.#before = recorder.call.status;
    const { by, destination, verb } = store.current();
    recorder.record(
      'transfer.started',
      { by, verb, to: addressOf(destination) },
      (call) => ({ ...call, status: 'forwarding', transfers: store.all() }),
      { type: 'status-changed', destination },
      { type: 'transfer-changed', transfer: store.current() },
    );
  }

  get destination(): TransferDestination {
    return this.#store.current().destination;
  }

  /** The far end refused the REFER: from now on it is a dial. */
  becameDial(reason: string): void {
    this.#store.change({ verb: 'dial' });
    this.#recorder.record('transfer.refer-refused', { to: addressOf(this.destination), reason });
  }

  /** The operator has answered; what he is told comes next. */
  answered(): void {
    this.#store.change({ answeredAt: this.#clock.now() });
    this.#recorder.record('transfer.answered', { to: addressOf(this.destination) });
  }

  /** What was said on the operator's leg. Of a call of which nothing may be kept, nothing is. */
  told(said: Pick<Transfer, 'transcript' | 'messages'>): void {
    if (!this.#recorder.call.hipaaCompliant) this.#store.change(said);
  }

  /** `joined`: somebody new stands at the end of a line, and whoever spoke with it goes on. */
  ended(end: AttemptEnd | { kind: 'joined' }): void {
    const now = this.#clock.now();
    switch (end.kind) {
      case 'reached':
        this.#finish({ outcome: 'connected' });
        break;
      case 'joined':
        this.#finish({ outcome: 'connected' }, true);
        break;
      case 'referred':
        this.#finish({ outcome: 'connected', endedAt: now, ...(end.detail && { detail: end.detail }) });
        break;
      case 'closed':
        this.#finish({ endedAt: now });
        break;
      case 'missed': {
        const { outcome, status, detail } = end.miss;
        this.#finish(
          { outcome, detail, endedAt: now, ...(status !== undefined && { sipStatus: status }) },
          true,
        );
      }
    }
  }

  /** @param isBack the call goes on as it was before */
  #finish(change: Partial<Transfer>, isBack = false): void {
    this.#store.change(change);
    const { destination, outcome, sipStatus, detail } = this.#store.current();
    const backTo = this.#before;
    this.#recorder.record(
      'transfer.ended',
      {
        to: addressOf(destination),
        ...(outcome && { outcome }),
        ...(sipStatus !== undefined && { sipStatus }),
        ...(detail !== undefined && { detail }),
      },
      (call) => ({
        ...call,
        ...(isBack && call.status === 'forwarding' && { status: backTo }),
        transfers: this.#store.all(),
      }),
      ...(isBack && backTo === 'in-progress' ? [{ type: 'status-changed' as const }] : []),
      { type: 'transfer-changed', transfer: this.#store.current() },
    );
  }
}
