import { isIP } from 'node:net';
import type { SipUri } from '../message/message.ts';
import { SipRejection, type Source, type TransportProtocol } from '../session/session.ts';
import { defaultPort } from '../transport/response-route.ts';
import type { Dns, NaptrRecord } from './dns.ts';
import type { FailedPlaces } from './failed-places.ts';
import { srvOrder } from './srv-order.ts';

/** NAPTR services that we speak (RFC 3263 section 4.1). */
const SERVICES: ReadonlyMap<string, TransportProtocol> = new Map([
  ['SIP+D2U', 'udp'],
  ['SIP+D2T', 'tcp'],
  ['SIPS+D2T', 'tls'],
]);
/** Where the SRV records of a transport stand (RFC 3263 section 4.1). */
const SRV_PREFIXES: Readonly<Record<TransportProtocol, string>> = {
  udp: '_sip._udp.',
  tcp: '_sip._tcp.',
  tls: '_sips._tcp.',
};
/** Of a SIP URI that says nothing; TLS only where DNS offers it by NAPTR, as who wants it says so. */
const PLAIN_TRANSPORTS: readonly TransportProtocol[] = ['udp', 'tcp'];
/** Servers of one URI; a caller has given up long before the last of them. */
export const MAX_SERVERS = 16;
/** NAPTR and SRV records that are looked at; a hostile zone may have thousands. */
const MAX_RECORDS = 32;

/** A name whose addresses are to be found, and how they are spoken to. */
interface Target {
  protocol: TransportProtocol;
  host: string;
  port: number;
}

/**
 * The transport that a URI asks for. `sips` and `transport=tls`, which is deprecated and widely written, are TLS.
 * @returns undefined where it leaves it to DNS.
 * @throws {SipRejection} 416 for a scheme or transport that we do not speak, so that nothing goes out in the clear.
 */
export function transportOf(uri: SipUri): TransportProtocol | undefined {
  const transport = uri.params.get('transport')?.toLowerCase();
  if (uri.scheme === 'sips') {
    // TLS over TCP (RFC 3261 section 26.2.2).
    if (transport === undefined || transport === 'tcp' || transport === 'tls') return 'tls';
    throw new SipRejection(416, `no transport ${transport} for a sips URI`);
  }
  if (uri.scheme === 'tel') throw new SipRejection(416, 'a tel URI names no server: it needs a trunk');
  if (uri.scheme !== 'sip') throw new SipRejection(416, `cannot send to ${uri.scheme} URIs`);
  if (transport === undefined || transport === 'udp' || transport === 'tcp' || transport === 'tls')
    return transport;
  throw new SipRejection(416, `no transport ${transport}`);
}

/** The place of a URI that names an address; undefined for one that names a host. @throws {SipRejection} 416 */
export function literalPlace(uri: SipUri): Source | undefined {
  const host = uri.params.get('maddr') ?? uri.host;
  const protocol = transportOf(uri) ?? 'udp';
  if (isIP(host) === 0) return undefined;
  return { protocol, address: host, port: uri.port ?? defaultPort(protocol), ...certified(protocol, uri) };
}

/** The certificate must be for who was asked for, not for what DNS or `maddr` made of it (RFC 5922 section 7.2). */
function certified(protocol: TransportProtocol, uri: SipUri): { name?: string } {
  return protocol === 'tls' ? { name: uri.host } : {};
}

/** Locates the servers of a URI by NAPTR, SRV and address records (RFC 3263 section 4). */
export class ServerResolver {
  readonly #dns: Dns;
  readonly #failed: FailedPlaces;
  readonly #random: () => number;

  /** @param random from 0 to below 1, draws among SRV records by their weight */
  constructor(dns: Dns, failed: FailedPlaces, random: () => number = Math.random) {
    this.#dns = dns;
    this.#failed = failed;
    this.#random = random;
  }

  /**
   * The servers of a URI, to be tried one after the other; those that failed lately come last.
   * @throws {SipRejection} 416 for a scheme or transport that we do not speak, 503 where the host has no address.
   */
  async resolve(uri: SipUri): Promise<[Source, ...Source[]]> {
    const literal = literalPlace(uri);
    if (literal) return [literal];
    const host = uri.params.get('maddr') ?? uri.host;
    const targets = await this.#targets(uri, host);
    const places: Source[] = [];
    let failure: unknown;
    for (const target of targets) {
      try {
        for (const address of await this.#addresses(target.host)) {
          const place = { protocol: target.protocol, address, port: target.port };
          places.push({ ...place, ...certified(target.protocol, uri) });
        }
      } catch (error) {
        failure = error;
      }
      if (places.length >= MAX_SERVERS) break;
    }
    const [first, ...rest] = this.#failed.lastOf(places.slice(0, MAX_SERVERS));
    if (!first) {
      const why = failure === undefined ? 'it has no address' : String((failure as Error).message);
      throw new SipRejection(503, `cannot resolve ${host}: ${why}`);
    }
    return [first, ...rest];
  }

  /** @throws {SipRejection} 503 where DNS says that the domain has no SIP service. */
  async #targets(uri: SipUri, host: string): Promise<Target[]> {
    const asked = transportOf(uri);
    const isSips = uri.scheme === 'sips';
    const protocol = asked ?? 'udp';
    const plain: Target = { protocol, host, port: uri.port ?? defaultPort(protocol) };
    // A port leaves nothing to ask; a name of one label is a machine of this network and no domain with services.
    if (uri.port !== undefined || !host.includes('.')) return [plain];
    const naptr = asked === undefined || isSips ? await this.#byNaptr(host, isSips) : [];
    if (naptr === undefined) return [plain];
    if (naptr.length > 0) return naptr;
    const transports = asked === undefined ? PLAIN_TRANSPORTS : [asked];
    for (const transport of transports) {
      const targets = await this.#bySrv(`${SRV_PREFIXES[transport]}${host}`, transport);
      if (targets === undefined) return [plain];
      if (targets.length > 0) return targets;
    }
    return [plain];
  }

  /** @returns undefined where no name server answers: the further questions would wait for nothing. */
  async #byNaptr(host: string, isSips: boolean): Promise<Target[] | undefined> {
    const records = await this.#dns.naptr(host).then(
      ({ records }) => records.slice(0, MAX_RECORDS),
      () => undefined,
    );
    if (!records) return undefined;
    const targets: Target[] = [];
    for (const record of records.toSorted(byOrder)) {
      const protocol = SERVICES.get(record.service.toUpperCase());
      const isWanted = protocol !== undefined && (protocol === 'tls' || !isSips);
      if (!isWanted || record.flags.toLowerCase() !== 's') continue;
      targets.push(...((await this.#bySrv(record.replacement, protocol)) ?? []));
    }
    return targets;
  }

  /** @returns undefined where no name server answers. @throws {SipRejection} 503 where the service is not offered. */
  async #bySrv(name: string, protocol: TransportProtocol): Promise<Target[] | undefined> {
    const records = await this.#dns.srv(name).then(
      ({ records }) => records.slice(0, MAX_RECORDS),
      () => undefined,
    );
    if (!records) return undefined;
    // One record that names the root: decidedly not (RFC 2782).
    if (records.length === 1 && isRoot(records[0]?.name))
      throw new SipRejection(503, `${name} says that there is no such service`);
    return srvOrder(records, this.#random)
      .filter((record) => !isRoot(record.name))
      .map((record) => ({ protocol, host: record.name, port: record.port }));
  }

  async #addresses(host: string): Promise<readonly string[]> {
    if (isIP(host) !== 0) return [host];
    return (await this.#dns.addresses(host)).records;
  }
}

function byOrder(one: NaptrRecord, other: NaptrRecord): number {
  return one.order - other.order || one.preference - other.preference;
}

function isRoot(name: string | undefined): boolean {
  return name === '' || name === '.';
}
