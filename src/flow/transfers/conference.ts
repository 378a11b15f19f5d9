import { addressOf, type TransferDestination } from '../../domain/numbers/destination.ts';
import type { Clock } from '../../lib/clock.ts';
import type { MediaSession } from '../../media/media-session.ts';
import type { Leg } from '../leg.ts';
import { createHoldSound } from '../session/hold-sound.ts';
import { Aside, type AsideOptions } from './aside.ts';
import { type Bridge, bridge } from './bridge.ts';

/** Guests of one call: each is a leg, and is mixed with each of the others in every frame. */
const MAX_GUESTS = 8;

export interface ConferenceOptions extends AsideOptions {
  clock: Clock;
}

interface Guest {
  leg: Leg;
  /** As one of these he was called. */
  addresses: readonly string[];
  /** To the caller, and to each other guest. */
  bridges: Bridge[];
}

/** Those who were called into the call of a caller and an agent: all hear each other, and each may leave by himself. */
export class Conference {
  readonly #options: ConferenceOptions;
  readonly #guests = new Set<Guest>();
  readonly #aside: Aside;
  /** As one of these he was called whom the agent talks to alone. */
  #briefed: readonly TransferDestination[] = [];

  constructor(options: ConferenceOptions) {
    this.#options = options;
    const { music } = options;
    this.#aside = new Aside({
      ...options,
      music: {
        // Who has other guests with him does not wait.
        start: () => {
          if (!this.isUp) music.start();
        },
        stop: () => music.stop(),
      },
    });
  }

  /** Whether the caller has somebody with him beside the agent. */
  get isUp(): boolean {
    return this.#guests.size > 0;
  }

  /**
   * Why none of these can be called, in the words for the agent; undefined when they can.
   * @param agentStays whether he is called into the call; else the caller is to leave it for him.
   */
  refusal(destinations: readonly TransferDestination[], agentStays: boolean): string | undefined {
    if (this.#aside.isUp)
      return `${this.#briefed.map(addressOf).join(', ')} hears you alone, and the caller waits: take the caller off hold first.`;
    if (!this.isUp) return undefined;
    const present = [...this.#guests].flatMap(({ addresses }) => addresses);
    if (!agentStays)
      return `The caller is in a conference with ${present.join(', ')}, and cannot be transferred until they have left.`;
    const again = destinations.map(addressOf).find((address) => present.includes(address));
    if (again !== undefined) return `${again} is in this call already.`;
    if (this.#guests.size < MAX_GUESTS) return undefined;
    return `There are ${MAX_GUESTS} guests in this call: nobody else can be called into it.`;
  }

  /** Whoever was called in talks to the agent alone. */
  get callerWaits(): boolean {
    return this.#aside.isUp;
  }

  /** Lets the agent talk to an answered leg before the caller does. @param called it is one of these. */
  brief(leg: Leg, called: readonly TransferDestination[]): void {
    this.#briefed = called;
    this.#aside.begin(leg);
  }

  /** Brings the caller who waits to whoever was called in. */
  async admit(): Promise<void> {
    const leg = await this.#aside.end();
    if (leg) this.join(leg, this.#briefed);
  }

  /** Joins an answered leg to all who are there; when it ends the others go on. @param called it is one of these. */
  join(leg: Leg, called: readonly TransferDestination[]): void {
    const { recorder } = this.#options;
    const guest: Guest = { leg, addresses: called.map(addressOf), bridges: [] };
    for (const other of this.#guests) {
      const between = bridge(other.leg, leg);
      other.bridges.push(between);
      guest.bridges.push(between);
    }
    this.#guests.add(guest);
    const toCaller = bridge(this.#options.leg, leg, {
      conference: true,
      holdSound: (line) => this.#holdSound(line),
    });
    guest.bridges.push(toCaller);
    recorder.record('conference.joined', { to: leg.dialled });
    const over = () => {
      // The caller's own end is the call's: whoever was called in is hung up on with it.
      if (toCaller.end?.by === 'b') this.#leave(guest);
    };
    if (toCaller.end) over();
    else toCaller.ended.on(over);
  }

  /** The call is over, for whoever was called in as well. */
  async close(): Promise<void> {
    const guests = [...this.#guests];
    this.#guests.clear();
    await Promise.all([...guests.map(part), this.#aside.close()]);
  }

  #leave(guest: Guest): void {
    const { recorder, logger, music } = this.#options;
    this.#guests.delete(guest);
    // Alone he waits for whoever the agent talks to.
    if (this.callerWaits && !this.isUp) music.start();
    recorder.record('conference.left', { to: guest.leg.dialled });
    // A line that went dead is still up.
    part(guest).catch((error: unknown) => {
      logger.error({ err: error }, 'a guest of a conference could not be hung up');
    });
  }

  /** For one who would be alone with the agent: several talk on without the one who holds the call. */
  #holdSound(line: MediaSession) {
    return this.#guests.size > 1 ? undefined : createHoldSound('music', line, this.#options.clock);
  }
}

async function part({ leg, bridges }: Guest): Promise<void> {
  for (const joined of bridges) joined.close();
  await leg.hangup();
}
