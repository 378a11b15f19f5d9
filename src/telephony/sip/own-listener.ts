import { isIPv6 } from 'node:net';
import { networkInterfaces } from 'node:os';
import { trunkIdOfHost } from '../../domain/trunks/trunk-host.ts';
import { addressKind } from '../../lib/ip-address.ts';
import type { SipUri } from '../../sip/message/message.ts';
import type { Source, UserAgent } from '../../sip/session/session.ts';

const WILDCARDS = ['0.0.0.0', '::'];
/** Where a URI without a port leads (RFC 3261 section 19.1.2). */
const SIP_PORT = 5060;
const SIPS_PORT = 5061;

export interface OwnListenerOptions {
  /** Host names under which the exchange is known, whatever DNS makes of them. */
  hosts: readonly string[];
  bindAddress: string;
  publicHost: string | undefined;
  userAgent: () => Pick<UserAgent, 'udpPort' | 'tcpPort' | 'tlsPort'>;
}

/** Tells which destinations are the exchange itself. */
export class OwnListener {
  readonly #options: OwnListenerOptions;
  readonly #hosts: readonly string[];

  constructor(options: OwnListenerOptions) {
    this.#options = options;
    const { hosts, publicHost } = options;
    this.#hosts = [...hosts, ...(publicHost === undefined ? [] : [publicHost])].map((host) =>
      host.toLowerCase(),
    );
  }

  /** Our own port on this machine, for a URI that names us by a host name of ours: nothing of it need be looked up. */
  placeOf({ host, port }: SipUri): Source | undefined {
    if (addressKind(host) !== undefined || !this.#isOwnName(host)) return undefined;
    if (port !== undefined && !this.#ports.includes(port)) return undefined;
    const { bindAddress, userAgent } = this.#options;
    return { protocol: 'udp', address: reachable(bindAddress), port: userAgent().udpPort };
  }

  /** Whether a URI names us by what is written in it: a host name of ours, or an address. */
  isNamedBy(uri: SipUri): boolean {
    const { scheme, host, port, params } = uri;
    if (addressKind(host) === undefined) return this.placeOf(uri) !== undefined;
    const isSecure = scheme === 'sips' || params.get('transport')?.toLowerCase() === 'tls';
    return this.includes({ address: host, port: port ?? (isSecure ? SIPS_PORT : SIP_PORT) });
  }

  /** Whether what is sent there comes to us. */
  includes({ address, port }: Pick<Source, 'address' | 'port'>): boolean {
    return this.#ports.includes(port) && this.#isOwnAddress(address);
  }

  /** A trunk's own sub-domain is ours too. */
  #isOwnName(host: string): boolean {
    return this.#hosts.includes(host) || trunkIdOfHost(host, this.#hosts) !== undefined;
  }

  get #ports(): number[] {
    const { udpPort, tcpPort, tlsPort } = this.#options.userAgent();
    return [udpPort, tcpPort, tlsPort].filter((port) => port !== 0);
  }

  #isOwnAddress(address: string): boolean {
    const { bindAddress, publicHost } = this.#options;
    if (address === bindAddress || address === publicHost) return true;
    if (!WILDCARDS.includes(bindAddress)) return false;
    if (addressKind(address) === 'loopback') return true;
    return Object.values(networkInterfaces()).some((list) =>
      list?.some((entry) => entry.address === address),
    );
  }
}

function reachable(bindAddress: string): string {
  if (!WILDCARDS.includes(bindAddress)) return bindAddress;
  return isIPv6(bindAddress) ? '::1' : '127.0.0.1';
}
