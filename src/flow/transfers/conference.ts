import type { Clock } from '../../lib/clock.ts';
import type { Leg } from '../leg.ts';
import type { CallRecorder } from '../session/call-recorder.ts';
import { createHoldSound } from '../session/hold-sound.ts';
import { Aside, type AsideOptions } from './aside.ts';
import { type Bridge, bridge } from './bridge.ts';

export interface ConferenceOptions extends AsideOptions {
  leg: Leg;
  recorder: CallRecorder;
  clock: Clock;
}

/** Somebody who was called into the call of a caller and an agent: all three hear each other until one of the two legs ends. */
export class Conference {
  readonly #options: ConferenceOptions;
  readonly #aside: Aside;
  #joined: { bridge: Bridge; operator: Leg } | undefined;

  constructor(options: ConferenceOptions) {
    this.#options = options;
    this.#aside = new Aside(options);
  }

  get isUp(): boolean {
    return this.#joined !== undefined || this.#aside.isUp;
  }

  /** Whoever was called in talks to the agent alone. */
  get callerWaits(): boolean {
    return this.#aside.isUp;
  }

  /** Lets the agent talk to an answered leg before the caller does. */
  brief(operator: Leg): void {
    this.#aside.begin(operator);
  }

  /** Brings the caller who waits to whoever was called in. */
  async admit(): Promise<void> {
    const operator = await this.#aside.end();
    if (operator) this.join(operator);
  }

  /** Joins an answered leg; when it ends the caller is the agent's again. */
  join(operator: Leg): void {
    const { leg, recorder, clock } = this.#options;
    const joined = bridge(leg, operator, {
      conference: true,
      holdSound: (line) => createHoldSound('music', line, clock),
    });
    this.#joined = { bridge: joined, operator };
    const to = operator.dialled;
    recorder.record('conference.joined', { to }, (call) => ({ ...call, status: 'in-progress' }), {
      type: 'status-changed',
    });
    const over = () => {
      // The caller's own end is the call's: whoever was called in is hung up on with it.
      if (joined.end?.by !== 'b') return;
      this.#joined = undefined;
      recorder.record('conference.left', { to });
    };
    if (joined.end) over();
    else joined.ended.on(over);
  }

  /** The call is over, for whoever was called in as well. */
  async close(): Promise<void> {
    const joined = this.#joined;
    this.#joined = undefined;
    joined?.bridge.close();
    await Promise.all([joined?.operator.hangup(), this.#aside.close()]);
  }
}
