import type { Logger } from '../../lib/logger.ts';
import type { OutboundLeg } from '../dialer.ts';
import type { Leg } from '../leg.ts';
import { type Bridge, bridge } from './bridge.ts';

/** Somebody who was called into a call in which the agent stays: all three hear each other, until he hangs up or the call ends. */
export class Conference {
  readonly #leg: Leg;
  readonly #logger: Logger;
  #guest: { leg: OutboundLeg; bridge: Bridge } | undefined;

  /** @param leg the line on which the agent speaks */
  constructor(leg: Leg, logger: Logger) {
    this.#leg = leg;
    this.#logger = logger;
  }

  /** Whether somebody has joined, and is there. */
  get isOpen(): boolean {
    return this.#guest !== undefined;
  }

  join(leg: OutboundLeg): void {
    const joined = bridge(this.#leg, leg, { conference: true });
    this.#guest = { leg, bridge: joined };
    const over = () => void this.close();
    if (joined.end) over();
    else joined.ended.on(over);
  }

  /** Lets the guest go. Never rejects. */
  async close(): Promise<void> {
    const guest = this.#guest;
    if (!guest) return;
    this.#guest = undefined;
    guest.bridge.close();
    try {
      await guest.leg.hangup();
    } catch (error) {
      this.#logger.error({ err: error }, 'who had joined a call could not be hung up');
    }
  }
}
