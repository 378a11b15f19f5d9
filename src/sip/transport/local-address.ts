import { createSocket } from 'node:dgram';
import { isIPv6 } from 'node:net';
import { BoundedMap } from '../../lib/bounded-map.ts';
import type { Clock } from '../../lib/clock.ts';
import { isWildcardAddress, plainAddress } from './ip-address.ts';
import { literalLookup } from './literal-lookup.ts';

/** Routes change rarely; a minute keeps a moved laptop or a failed-over interface from being wrong for long. */
const CACHE_TTL_MS = 60_000;
/** Peers remembered; the oldest goes first. */
const CACHE_MAX_ENTRIES = 4096;
/** Connecting a UDP socket sends nothing, any port but 0 does. */
const PROBE_PORT = 9;

/** Tells which of our addresses faces a peer, by asking the kernel's routing table through a connected UDP socket. */
export class LocalAddressFinder {
  readonly #bindAddress: string;
  readonly #clock: Clock;
  readonly #cache = new BoundedMap<string, { address: string; expiresAt: number }>(CACHE_MAX_ENTRIES);

  constructor(bindAddress: string, clock: Clock) {
    this.#bindAddress = bindAddress;
    this.#clock = clock;
  }

  /** @returns the bind address where it names one interface; else the source address of the route to `remote`, an IP literal. */
  addressFor(remote: string): string {
    if (!isWildcardAddress(this.#bindAddress)) return this.#bindAddress;
    const now = this.#clock.monotonic();
    const known = this.#cache.get(remote);
    if (known && known.expiresAt > now) return known.address;
    const address = probe(remote) ?? (isIPv6(remote) ? '::1' : '127.0.0.1');
    this.#cache.set(remote, { address, expiresAt: now + CACHE_TTL_MS });
    return address;
  }
}

/** @returns undefined where no route leads to the address. */
function probe(remote: string): string | undefined {
  const socket = createSocket({ type: isIPv6(remote) ? 'udp6' : 'udp4', lookup: literalLookup });
  // "No route" comes either thrown or as an event on a later tick; both mean the same.
  socket.on('error', () => {});
  try {
    // With an immediate lookup both bind and connect are done when this returns.
    socket.connect(PROBE_PORT, remote);
    return plainAddress(socket.address().address);
  } catch {
    return undefined;
  } finally {
    socket.close();
  }
}
