import { BoundedMap } from '../../lib/bounded-map.ts';
import type { Clock } from '../../lib/clock.ts';
import type { Dns, DnsAnswer, NaptrRecord, SrvRecord } from './dns.ts';

/** Answers kept; the one asked for longest ago goes first. A call asks for up to five. */
const MAX_ENTRIES = 2_048;
/** A wrong record is gone after this long, whatever its TTL, in milliseconds. */
const MAX_TTL_MS = 60 * 60_000;
/** Also a record without TTL serves the calls of one moment, in milliseconds. */
const MIN_TTL_MS = 1_000;
/** "There is none" is believed for a short time only: a customer is setting his trunk up. Milliseconds. */
const MAX_NEGATIVE_TTL_MS = 10_000;

interface Entry {
  answer: Promise<DnsAnswer<unknown>>;
  /** Monotonic; endless while the question is open. */
  expiresAt: number;
}

/** Keeps answers for as long as their TTL says and has one question under way for all that ask the same. */
export class CachedDns implements Dns {
  readonly #dns: Dns;
  readonly #clock: Clock;
  readonly #entries = new BoundedMap<string, Entry>(MAX_ENTRIES);

  constructor(dns: Dns, clock: Clock) {
    this.#dns = dns;
    this.#clock = clock;
  }

  naptr(name: string): Promise<DnsAnswer<NaptrRecord>> {
    return this.#ask(`naptr ${name}`, () => this.#dns.naptr(name));
  }

  srv(name: string): Promise<DnsAnswer<SrvRecord>> {
    return this.#ask(`srv ${name}`, () => this.#dns.srv(name));
  }

  addresses(host: string): Promise<DnsAnswer<string>> {
    return this.#ask(`addresses ${host}`, () => this.#dns.addresses(host));
  }

  #ask<Record>(key: string, ask: () => Promise<DnsAnswer<Record>>): Promise<DnsAnswer<Record>> {
    const known = this.#entries.get(key);
    // The key names the kind of record, so that what is kept under it is what was asked for.
    if (known && known.expiresAt > this.#clock.monotonic()) return known.answer as Promise<DnsAnswer<Record>>;
    const answer = ask();
    const entry: Entry = { answer, expiresAt: Number.POSITIVE_INFINITY };
    this.#entries.set(key, entry);
    answer.then(
      ({ records, ttlMs }) => {
        const maxMs = records.length > 0 ? MAX_TTL_MS : MAX_NEGATIVE_TTL_MS;
        entry.expiresAt = this.#clock.monotonic() + Math.min(maxMs, Math.max(MIN_TTL_MS, ttlMs));
      },
      // Who cannot tell now may in a moment.
      () => {
        if (this.#entries.get(key) === entry) this.#entries.delete(key);
      },
    );
    return answer;
  }
}
