import type { Clock, Timer } from '../../lib/clock.ts';
import type { Logger } from '../../lib/logger.ts';

/** From one look-up of a trunk's names to the next: carriers move a name within their records' few minutes; milliseconds. */
export const NAMES_INTERVAL_MS = 60_000;

/** The addresses of the servers that a SIP URI leads to (RFC 3263). @throws where DNS has none or cannot be asked */
export type ResolveAddresses = (uri: string) => Promise<string[]>;

export interface TrunkNamesOptions {
  resolve: ResolveAddresses;
  /** The addresses of one of them are other than before. */
  onChange(): void;
  clock: Clock;
  logger: Logger;
}

/**
 * The addresses behind the host names of a trunk, looked up in the background again and again. What was found stays while
 * DNS cannot say anything newer: an outage of it must not turn a carrier into a stranger.
 */
export class TrunkNames {
  readonly #options: TrunkNamesOptions;
  #found = new Map<string, string[]>();
  #uris: readonly string[] = [];
  #timer: Timer | undefined;
  #isClosed = false;

  constructor(options: TrunkNamesOptions) {
    this.#options = options;
  }

  /** Keeps the addresses of these URIs from now on, and forgets all others. */
  follow(uris: readonly string[]): void {
    const isSame = uris.length === this.#uris.length && uris.every((uri) => this.#uris.includes(uri));
    if (isSame || this.#isClosed) return;
    this.#uris = uris;
    this.#found = new Map([...this.#found].filter(([uri]) => uris.includes(uri)));
    this.#options.clock.clearTimeout(this.#timer);
    if (uris.length > 0) void this.#lookUp();
  }

  /** None before the first answer. */
  addressesOf(uri: string): readonly string[] {
    return this.#found.get(uri) ?? [];
  }

  close(): void {
    this.#isClosed = true;
    this.#options.clock.clearTimeout(this.#timer);
  }

  async #lookUp(): Promise<void> {
    const { clock, onChange } = this.#options;
    const uris = this.#uris;
    const answers = await Promise.all(uris.map((uri) => this.#addresses(uri)));
    // Other names may have been asked for meanwhile, and have a look-up of their own.
    if (this.#isClosed || uris !== this.#uris) return;
    let isChanged = false;
    for (const [at, uri] of uris.entries()) {
      const addresses = answers[at];
      if (!addresses || addresses.join() === this.#found.get(uri)?.join()) continue;
      this.#found.set(uri, addresses);
      isChanged = true;
    }
    this.#timer = clock.setTimeout(() => void this.#lookUp(), NAMES_INTERVAL_MS);
    if (isChanged) onChange();
  }

  /** Sorted, as servers of equal weight come in another order each time. */
  async #addresses(uri: string): Promise<string[] | undefined> {
    try {
      return [...new Set(await this.#options.resolve(uri))].toSorted();
    } catch (error) {
      const reason = (error as Error).message;
      this.#options.logger.warn({ uri, reason }, 'a host name of a trunk has no address for now');
      return undefined;
    }
  }
}
