import type { Org } from '../../domain/orgs/org.ts';
import type { Clock, Timer } from '../../lib/clock.ts';

/** What a call gets that asks for a line of its org. */
export interface LineTicket {
  /** `granted`: a line is free. `queued`: it waits. `full`: neither line nor place in the queue is free. */
  readonly state: 'granted' | 'queued' | 'full';
  /** Place in the queue, from 1. */
  readonly position: number;
  /** Of a queued call: `true` once it has a line, `false` when its wait is over without one. */
  readonly settled: Promise<boolean>;
  /** The call has ended, or gave up waiting; safe to call twice. */
  leave(): void;
}

interface Waiter {
  settle(granted: boolean): void;
}

interface Lines {
  taken: number;
  waiting: Waiter[];
}

/** The calls that each org may have at once on this process, and those that wait for a line, first come first served. */
export class OrgLines {
  readonly #clock: Clock;
  readonly #orgs = new Map<string, Lines>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  request(org: Pick<Org, 'id' | 'concurrencyLimit' | 'queue'>): LineTicket {
    const lines = this.#orgs.get(org.id) ?? { taken: 0, waiting: [] };
    this.#orgs.set(org.id, lines);
    if (lines.taken < (org.concurrencyLimit ?? Number.POSITIVE_INFINITY)) {
      lines.taken += 1;
      return this.#ticket(org.id, 'granted', 0, Promise.resolve(true), () => this.#free(org.id));
    }
    const { queue } = org;
    if (!queue || lines.waiting.length >= queue.maxCalls)
      return this.#ticket(org.id, 'full', 0, Promise.resolve(false), () => {});
    return this.#queued(org.id, lines, queue.maxWaitSeconds * 1000);
  }

  /** Lines that calls of the org have, and calls that wait for one, on this process. */
  takenBy(orgId: string): number {
    const { taken, waiting } = this.#orgs.get(orgId) ?? { taken: 0, waiting: [] };
    return taken + waiting.length;
  }

  #queued(orgId: string, lines: Lines, maxWaitMs: number): LineTicket {
    const { promise, resolve } = Promise.withResolvers<boolean>();
    let granted: boolean | undefined;
    let timer: Timer | undefined;
    const waiter: Waiter = {
      settle: (value) => {
        granted = value;
        this.#clock.clearTimeout(timer);
        resolve(value);
      },
    };
    const giveUp = () => {
      const place = lines.waiting.indexOf(waiter);
      if (place >= 0) lines.waiting.splice(place, 1);
      waiter.settle(false);
    };
    timer = this.#clock.setTimeout(giveUp, maxWaitMs);
    lines.waiting.push(waiter);
    return this.#ticket(orgId, 'queued', lines.waiting.length, promise, () => {
      if (granted) this.#free(orgId);
      else if (granted === undefined) giveUp();
    });
  }

  #ticket(
    orgId: string,
    state: LineTicket['state'],
    position: number,
    settled: Promise<boolean>,
    onLeave: () => void,
  ): LineTicket {
    let left = false;
    return {
      state,
      position,
      settled,
      leave: () => {
        if (left) return;
        left = true;
        onLeave();
        const lines = this.#orgs.get(orgId);
        if (lines?.taken === 0 && lines.waiting.length === 0) this.#orgs.delete(orgId);
      },
    };
  }

  /** The line goes to whom waits longest, else it is free. */
  #free(orgId: string): void {
    const lines = this.#orgs.get(orgId);
    if (!lines) return;
    const next = lines.waiting.shift();
    if (next) next.settle(true);
    else lines.taken -= 1;
  }
}
