import { isIP } from 'node:net';

type LookupCallback = (error: NodeJS.ErrnoException | null, address: string, family: number) => void;

/**
 * A lookup for sockets that are only ever given IP literals: it answers at once, so that a datagram leaves in the same
 * turn of the event loop instead of a later one.
 */
export function literalLookup(hostname: string, options: unknown, callback: LookupCallback): void {
  const done = typeof options === 'function' ? (options as LookupCallback) : callback;
  const family = isIP(hostname);
  if (family === 0) done(new Error(`not an IP address: ${hostname}`), hostname, 0);
  else done(null, hostname, family);
}
