import { freshHealth, type GatewayHealth, healthAfter } from '../../domain/trunks/gateway-health.ts';
import type { Clock, Timer } from '../../lib/clock.ts';

/** From one OPTIONS to the next. Long enough for a carrier to bear, short enough to notice within a minute; milliseconds. */
export const PING_INTERVAL_MS = 30_000;
/** After a first failure: whether a datagram got lost or the gateway is gone is soon known. Milliseconds. */
export const RETRY_INTERVAL_MS = 5_000;
/** Share of the interval by which each one is early or late, so that the gateways are not all asked at once. */
const JITTER = 0.1;
/** The first one is sent within this time: the owner looks at the health right after he made the trunk. Milliseconds. */
const FIRST_PING_MS = 1_000;

export interface PingAnswer {
  /** SIP status of the final response; undefined where none came. */
  status?: number;
  /** Why none came. */
  error?: string;
}

/** Sends OPTIONS to one gateway. Never rejects. */
export type Ping = () => Promise<PingAnswer>;

export interface TrunkPingOptions {
  ping: Ping;
  onChange(health: GatewayHealth, before: GatewayHealth): void;
  clock: Clock;
  /** From 0 to 1. */
  random: () => number;
}

/** Asks a gateway by OPTIONS, again and again, whether it lives. */
export class TrunkPing {
  readonly #options: TrunkPingOptions;
  #health: GatewayHealth;
  #timer: Timer | undefined;
  #isClosed = false;

  constructor(options: TrunkPingOptions) {
    this.#options = options;
    const { clock, random } = options;
    this.#health = freshHealth(clock.now());
    this.#askIn(random() * FIRST_PING_MS);
  }

  get health(): GatewayHealth {
    return this.#health;
  }

  close(): void {
    this.#isClosed = true;
    this.#options.clock.clearTimeout(this.#timer);
  }

  #askIn(delayMs: number): void {
    this.#timer = this.#options.clock.setTimeout(() => void this.#ask(), delayMs);
  }

  async #ask(): Promise<void> {
    const { ping, onChange, clock, random } = this.#options;
    const answer = await ping();
    if (this.#isClosed) return;
    const before = this.#health;
    this.#health = healthAfter(before, answer, clock.now());
    if (this.#health.state !== before.state) onChange(this.#health, before);
    const { failures, state } = this.#health;
    const intervalMs = failures > 0 && state !== 'down' ? RETRY_INTERVAL_MS : PING_INTERVAL_MS;
    this.#askIn(intervalMs * (1 + JITTER * (2 * random() - 1)));
  }
}
