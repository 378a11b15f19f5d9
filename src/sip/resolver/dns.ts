import { lookup, Resolver } from 'node:dns/promises';

export interface NaptrRecord {
  order: number;
  preference: number;
  flags: string;
  service: string;
  replacement: string;
}

export interface SrvRecord {
  priority: number;
  weight: number;
  port: number;
  name: string;
}

/** What DNS has of one kind, and for how long it may be kept, in milliseconds. Empty: there is none. */
export interface DnsAnswer<Record> {
  records: readonly Record[];
  ttlMs: number;
}

/** The questions that RFC 3263 puts to DNS. Each rejects where nobody can tell. */
export interface Dns {
  naptr(name: string): Promise<DnsAnswer<NaptrRecord>>;
  srv(name: string): Promise<DnsAnswer<SrvRecord>>;
  /** Addresses, those to prefer first, in the families that our listener speaks. */
  addresses(host: string): Promise<DnsAnswer<string>>;
}

/** The families of addresses that a listener can reach. */
export type AddressFamilies = 4 | 6 | 'both';

/** One attempt at a name server, in milliseconds, and how many: a caller is waiting, and four would be 20 s. */
const QUERY_TIMEOUT_MS = 1_000;
const QUERY_TRIES = 2;
/** Node does not tell the TTL of these records; carriers commonly set five minutes to an hour. Milliseconds. */
const RECORD_TTL_MS = 60_000;
/** Nor does the system's resolver, which keeps a cache of its own. Milliseconds. */
const ADDRESS_TTL_MS = 30_000;
/** Codes of "there is none", which is an answer. */
const NONE: ReadonlySet<string | undefined> = new Set(['ENODATA', 'ENOTFOUND', 'ENONAME']);

/**
 * The machine's name servers for NAPTR and SRV, and for addresses its resolver, which also knows /etc/hosts and what
 * containers call each other.
 */
export function systemDns(families: AddressFamilies): Dns {
  return {
    ...services(openResolver()),
    addresses: (host) => {
      const family = families === 'both' ? 0 : families;
      const found = lookup(host, { family, all: true, order: 'verbatim' });
      return answer(
        found.then((list) => list.map(({ address }) => address)),
        ADDRESS_TTL_MS,
      );
    },
  };
}

/**
 * These name servers for everything, and nothing of the machine's: a carrier's zone may be known to its own servers only.
 * @param servers addresses, with a port where it is not 53: `192.0.2.53`, `192.0.2.53:5353`, `[2001:db8::53]:5353`
 * @throws {TypeError} for what is no such address
 */
export function dnsOf(servers: readonly string[], families: AddressFamilies): Dns {
  const resolver = openResolver();
  resolver.setServers(servers);
  return { ...services(resolver), addresses: (host) => addresses(resolver, host, families) };
}

function openResolver(): Resolver {
  return new Resolver({ timeout: QUERY_TIMEOUT_MS, tries: QUERY_TRIES });
}

function services(resolver: Resolver): Pick<Dns, 'naptr' | 'srv'> {
  return {
    naptr: (name) => answer(resolver.resolveNaptr(name), RECORD_TTL_MS),
    srv: (name) => answer(resolver.resolveSrv(name), RECORD_TTL_MS),
  };
}

/** AAAA before A, as the default policy of RFC 6724 section 2.1 has it. One that cannot be told leaves the other. */
async function addresses(
  resolver: Resolver,
  host: string,
  families: AddressFamilies,
): Promise<DnsAnswer<string>> {
  const asked = [
    ...(families === 4 ? [] : [resolver.resolve6(host, { ttl: true })]),
    ...(families === 6 ? [] : [resolver.resolve4(host, { ttl: true })]),
  ].map((records) => answer(records, ADDRESS_TTL_MS));
  const answers = await Promise.allSettled(asked);
  const found = answers.flatMap((one) => (one.status === 'fulfilled' ? one.value.records : []));
  const failed = answers.find((one) => one.status === 'rejected');
  if (found.length === 0 && failed) throw failed.reason;
  const ttlMs = Math.min(...found.map(({ ttl }) => ttl * 1000));
  return {
    records: found.map(({ address }) => address),
    ttlMs: found.length > 0 ? ttlMs : ADDRESS_TTL_MS,
  };
}

async function answer<Record>(records: Promise<Record[]>, ttlMs: number): Promise<DnsAnswer<Record>> {
  try {
    return { records: await records, ttlMs };
  } catch (error) {
    if (NONE.has((error as NodeJS.ErrnoException).code)) return { records: [], ttlMs };
    throw error;
  }
}
