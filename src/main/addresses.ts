import { networkInterfaces } from 'node:os';

const WILDCARDS = ['0.0.0.0', '::'];

/** An address that a person on this machine can use for a wildcard bind. */
export function reachable(bind: string): string {
  return WILDCARDS.includes(bind) ? '127.0.0.1' : bind;
}

export function bracketed(host: string): string {
  return host.includes(':') ? `[${host}]` : host;
}

/** The address under which others may know this machine: the bound one, else the first that is not loopback. */
export function ownAddress(bind: string): string {
  if (!WILDCARDS.includes(bind)) return bind;
  const addresses = Object.values(networkInterfaces()).flatMap((list) => list ?? []);
  return addresses.find((entry) => !entry.internal && entry.family === 'IPv4')?.address ?? '127.0.0.1';
}
