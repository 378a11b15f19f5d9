import type { Call, CallEventType } from '../../domain/calls/call.ts';
import type { CallRepository, NewCallEvent } from '../../domain/calls/call-repository.ts';
import type { Clock } from '../../lib/clock.ts';
import { newId } from '../../lib/ids.ts';
import type { Logger } from '../../lib/logger.ts';

/** Milliseconds before a failed write is tried again; doubles up to the maximum. */
const FIRST_RETRY_MS = 250;
const MAX_RETRY_MS = 5_000;
/** Writes that wait for a broken store, per call. Beyond it timeline lines are dropped and counted; the end never is. */
const MAX_WAITING = 5_000;

export type CallChange = (call: Call) => Call;

interface Write {
  events: NewCallEvent[];
  essential: boolean;
  run: (events: NewCallEvent[]) => Promise<unknown>;
}

export interface RecorderOptions {
  call: Call;
  calls: CallRepository;
  clock: Clock;
  logger: Logger;
}

/**
 * Writes one call's record, each state change together with its line of the timeline, in order. A call never waits for
 * the store: writes queue, and while the store fails they are tried again and the failure is loud in the log.
 */
export class CallRecorder {
  #call: Call;
  readonly #calls: CallRepository;
  readonly #clock: Clock;
  readonly #logger: Logger;
  readonly #waiting: Write[] = [];
  #draining: Promise<void> | undefined;
  #dropped = 0;

  constructor({ call, calls, clock, logger }: RecorderOptions) {
    this.#call = call;
    this.#calls = calls;
    this.#clock = clock;
    this.#logger = logger;
  }

  /** The call as this process knows it, with writes that still wait. */
  get call(): Call {
    return this.#call;
  }

  /** Writes the new call with the first lines of its timeline. */
  open(lines: { type: CallEventType; data: object }[]): void {
    const call = this.#call;
    const events = lines.map(({ type, data }) => this.#event(type, data));
    this.#enqueue({ events, essential: true, run: (all) => this.#calls.insert(call, all) });
  }

  /** Adds a line to the timeline and, with it, changes the call. */
  record(type: CallEventType, data: object, change?: CallChange): void {
    const { orgId, id } = this.#call;
    const stamped = change && this.#stamped(change);
    if (stamped) this.#call = stamped(this.#call);
    this.#enqueue({
      events: [this.#event(type, data)],
      essential: change !== undefined,
      run: (events) => this.#calls.record(orgId, id, events, stamped),
    });
  }

  /** Writes the end, once and last. Resolves when it is stored, however long the store is away. */
  async end(data: object, change: CallChange): Promise<void> {
    const { orgId, id } = this.#call;
    const stamped = this.#stamped(change);
    this.#call = stamped(this.#call);
    const event = this.#event('call.ended', this.#dropped ? { ...data, droppedLines: this.#dropped } : data);
    this.#enqueue({
      events: [event],
      essential: true,
      run: () => this.#calls.end(orgId, id, event, stamped),
    });
    await this.flushed();
  }

  /** Resolves when nothing waits. */
  async flushed(): Promise<void> {
    while (this.#draining) await this.#draining;
  }

  #stamped(change: CallChange): CallChange {
    const updatedAt = this.#clock.now();
    return (call) => ({ ...change(call), updatedAt });
  }

  #event(type: CallEventType, data: object): NewCallEvent {
    const at = this.#clock.now();
    const { id: callId, orgId } = this.#call;
    return { id: newId(at), callId, orgId, type, at, data: data as Record<string, unknown> };
  }

  #enqueue(write: Write): void {
    if (this.#waiting.length >= MAX_WAITING && !write.essential) {
      this.#dropped += 1;
      return;
    }
    this.#waiting.push(write);
    this.#draining ??= this.#drain().finally(() => {
      this.#draining = undefined;
    });
  }

  async #drain(): Promise<void> {
    let retryMs = FIRST_RETRY_MS;
    let isRetry = false;
    for (let write = this.#waiting[0]; write; write = this.#waiting[0]) {
      try {
        if (!isRetry || !(await this.#isStored(write))) await write.run(write.events);
        this.#waiting.shift();
        retryMs = FIRST_RETRY_MS;
        isRetry = false;
      } catch (error) {
        const fields = { callId: this.#call.id, waiting: this.#waiting.length, err: error };
        this.#logger.error(fields, 'the call record could not be written; it is tried again');
        await new Promise<void>((resolve) => this.#clock.setTimeout(resolve, retryMs));
        retryMs = Math.min(retryMs * 2, MAX_RETRY_MS);
        isRetry = true;
      }
    }
  }

  /** Whether a write that seemed to fail was stored all the same: a connection may break after the commit. */
  async #isStored({ events }: Write): Promise<boolean> {
    const last = events.at(-1)?.id;
    const stored = await this.#calls.events(this.#call.orgId, this.#call.id);
    return stored.some(({ id }) => id === last);
  }
}
