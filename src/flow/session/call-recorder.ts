import type { Call, CallEventType } from '../../domain/calls/call.ts';
import type { CallRepository, NewCallEvent } from '../../domain/calls/call-repository.ts';
import type { NewDelivery } from '../../domain/deliveries/delivery.ts';
import type { Clock } from '../../lib/clock.ts';
import { Emitter } from '../../lib/emitter.ts';
import { newId } from '../../lib/ids.ts';
import type { Logger } from '../../lib/logger.ts';
import type { CallNotice } from '../server-messages.ts';

/** Milliseconds before a failed write is tried again; doubles up to the maximum. */
const FIRST_RETRY_MS = 250;
const MAX_RETRY_MS = 5_000;
/**
 * How long a call waits for its row at most, in milliseconds: about one cadence of the ringing tone (ITU-T E.180), for
 * which no caller gives up. A healthy disk takes a few.
 */
const OPENING_LIMIT_MS = 5_000;
/** Writes that wait for a broken store, per call. Beyond it timeline lines are dropped and counted; nothing else is. */
const MAX_WAITING = 5_000;
/** Writes that go into one transaction when several wait: bounds how long one call holds the store. */
const MAX_BATCH = 50;

export type CallChange = (call: Call) => Call;

/** A line of the timeline to be. */
export interface Line {
  type: CallEventType;
  data: object;
}

interface Write {
  kind: 'open' | 'record' | 'end';
  events: NewCallEvent[];
  deliveries: NewDelivery[];
  change: CallChange | undefined;
}

export interface RecorderOptions {
  call: Call;
  calls: Pick<CallRepository, 'insert' | 'record' | 'end' | 'events'>;
  /** What a notice says to the customer's server, `call` being the call after the change it comes with. */
  render(notice: CallNotice, call: Call, at: number): NewDelivery[];
  /**
   * Starts the writing, in a later turn of the event loop unless given: what the call reads in this turn is asked
   * first, and the lines that follow at once go along in the same transaction.
   */
  defer?: (start: () => void) => void;
  clock: Clock;
  logger: Logger;
}

/**
 * Writes one call's record, each state change together with its line of the timeline and with what it tells the
 * customer's server, in order. Writes queue, and while the store fails they are tried again and the failure is loud in
 * the log. A call that is up never waits for them; one that is to be connected waits for its row ({@link opened}).
 */
export class CallRecorder {
  /** Something of it was stored. */
  readonly stored = new Emitter<void>();
  /** What is told; `call` is up to date by then. */
  readonly notices = new Emitter<CallNotice>();
  #call: Call;
  readonly #options: RecorderOptions;
  readonly #waiting: Write[] = [];
  #draining: Promise<void> | undefined;
  #dropped = 0;
  #opened = Promise.resolve();
  #endOpening: (() => void) | undefined;

  constructor(options: RecorderOptions) {
    this.#call = options.call;
    this.#options = options;
  }

  /** The call as this process knows it, with writes that still wait. */
  get call(): Call {
    return this.#call;
  }

  /**
   * Resolves when the call's row is on disk: whoever is connected after it leaves a trace, also of a process that is
   * killed. A call goes on without the store, though: it resolves as well when the store has failed at the row, and
   * {@link OPENING_LIMIT_MS} after the opening at the latest, both of which the log tells.
   */
  get opened(): Promise<void> {
    return this.#opened;
  }

  /** Writes the new call with the first lines of its timeline. */
  open(lines: Line[], ...notices: CallNotice[]): void {
    const events = lines.map(({ type, data }) => this.#event(type, data));
    const call = this.#call;
    this.#beginOpening();
    this.#enqueue({ kind: 'open', events, deliveries: this.#rendered(notices), change: () => call });
  }

  /** Adds a line to the timeline and, with it, changes the call and tells the customer's server. */
  record(type: CallEventType, data: object, change?: CallChange, ...notices: CallNotice[]): void {
    const stamped = change && this.#stamped(change);
    if (stamped) this.#call = stamped(this.#call);
    const events = [this.#event(type, data)];
    this.#enqueue({ kind: 'record', events, deliveries: this.#rendered(notices), change: stamped });
  }

  /** Tells the customer's server what leaves no line in the timeline. */
  tell(notice: CallNotice): void {
    const deliveries = this.#rendered([notice]);
    if (deliveries.length > 0) this.#enqueue({ kind: 'record', events: [], deliveries, change: undefined });
  }

  /** Writes the end, once and last. Resolves when it is stored, however long the store is away. */
  async end(data: object, change: CallChange, ...notices: CallNotice[]): Promise<void> {
    const stamped = this.#stamped(change);
    this.#call = stamped(this.#call);
    const event = this.#event('call.ended', this.#dropped ? { ...data, droppedLines: this.#dropped } : data);
    const deliveries = this.#rendered(notices);
    this.#enqueue({ kind: 'end', events: [event], deliveries, change: stamped });
    await this.flushed();
  }

  /** Resolves when nothing waits. */
  async flushed(): Promise<void> {
    while (this.#draining) await this.#draining;
  }

  #beginOpening(): void {
    const { clock, logger } = this.#options;
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#opened = promise;
    const limit = clock.setTimeout(() => {
      const fields = { callId: this.#call.id, waitedMs: OPENING_LIMIT_MS };
      logger.error(fields, 'the store is slow: the call goes on before it is recorded');
      resolve();
    }, OPENING_LIMIT_MS);
    this.#endOpening = () => {
      clock.clearTimeout(limit);
      resolve();
    };
  }

  #rendered(notices: CallNotice[]): NewDelivery[] {
    const { render, clock } = this.#options;
    return notices.flatMap((notice) => {
      this.notices.emit(notice);
      return render(notice, this.#call, clock.now());
    });
  }

  #stamped(change: CallChange): CallChange {
    const updatedAt = this.#options.clock.now();
    return (call) => ({ ...change(call), updatedAt });
  }

  #event(type: CallEventType, data: object): NewCallEvent {
    const at = this.#options.clock.now();
    const { id: callId, orgId } = this.#call;
    return { id: newId(at), callId, orgId, type, at, data: data as Record<string, unknown> };
  }

  #enqueue(write: Write): void {
    const essential = write.change !== undefined || write.deliveries.length > 0;
    if (this.#waiting.length >= MAX_WAITING && !essential) {
      this.#dropped += 1;
      return;
    }
    this.#waiting.push(write);
    this.#draining ??= this.#drain().finally(() => {
      this.#draining = undefined;
    });
  }

  async #drain(): Promise<void> {
    const { defer = setImmediate, clock, logger } = this.#options;
    await new Promise<void>((resolve) => defer(resolve));
    let retryMs = FIRST_RETRY_MS;
    let batch = this.#nextBatch();
    let isRetry = false;
    while (batch.length > 0) {
      const write = merged(batch);
      try {
        if (!isRetry || !(await this.#isStored(write))) await this.#run(write);
        this.#endOpening?.();
        this.#waiting.splice(0, batch.length);
        retryMs = FIRST_RETRY_MS;
        isRetry = false;
        this.stored.emit();
        batch = this.#nextBatch();
      } catch (error) {
        this.#endOpening?.();
        const fields = { callId: this.#call.id, waiting: this.#waiting.length, err: error };
        logger.error(fields, 'the call record could not be written; it is tried again');
        await new Promise<void>((resolve) => clock.setTimeout(resolve, retryMs));
        retryMs = Math.min(retryMs * 2, MAX_RETRY_MS);
        isRetry = true;
      }
    }
  }

  /** The writes that go together next: the first, and the records that follow it. A failed batch is tried as it was. */
  #nextBatch(): Write[] {
    if (this.#waiting[0]?.kind === 'end') return this.#waiting.slice(0, 1);
    const other = this.#waiting.findIndex(({ kind }, index) => index > 0 && kind !== 'record');
    return this.#waiting.slice(0, Math.min(other < 0 ? this.#waiting.length : other, MAX_BATCH));
  }

  async #run({ kind, events, deliveries, change }: Write): Promise<void> {
    const { calls } = this.#options;
    const { orgId, id } = this.#call;
    if (kind === 'record') await calls.record(orgId, id, events, change, deliveries);
    else if (change && kind === 'open') await calls.insert(change(this.#call), events, deliveries);
    else if (change && events[0]) await calls.end(orgId, id, events[0], change, deliveries);
  }

  /** Whether a write that seemed to fail was stored all the same: a connection may break after the commit. */
  async #isStored({ events }: Write): Promise<boolean> {
    const last = events.at(-1)?.id;
    // Deliveries alone may be written twice: storage keeps the first of an id.
    if (last === undefined) return false;
    const stored = await this.#options.calls.events(this.#call.orgId, this.#call.id);
    return stored.some(({ id }) => id === last);
  }
}

function merged(batch: Write[]): Write {
  const [first, ...rest] = batch as [Write, ...Write[]];
  if (rest.length === 0) return first;
  const changes = batch.flatMap(({ change }) => (change ? [change] : []));
  return {
    kind: first.kind,
    events: batch.flatMap(({ events }) => events),
    deliveries: batch.flatMap(({ deliveries }) => deliveries),
    change:
      changes.length === 0 ? undefined : (call) => changes.reduce((value, change) => change(value), call),
  };
}
