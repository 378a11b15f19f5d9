import { isIPv6 } from 'node:net';
import { networkInterfaces } from 'node:os';
import { addressKind } from '../../lib/ip-address.ts';
import type { SipUri } from '../../sip/message/message.ts';
import type { Source, UserAgent } from '../../sip/session/session.ts';

const WILDCARDS = ['0.0.0.0', '::'];

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
  readonly #hosts: ReadonlySet<string>;

  constructor(options: OwnListenerOptions) {
    this.#options = options;
    this.#hosts = new Set(options.hosts.map((host) => host.toLowerCase()));
  }

  /** Our own port on this machine, for a URI that names us by a host name of ours: nothing of it need be looked up. */
  placeOf({ host, port }: SipUri): Source | undefined {
    if (addressKind(host) !== undefined || !this.#hosts.has(host)) return undefined;
    if (port !== undefined && !this.#ports.includes(port)) return undefined;
    const { bindAddress, userAgent } = this.#options;
    return { protocol: 'udp', address: reachable(bindAddress), port: userAgent().udpPort };
  }

  /** Whether what is sent there comes to us. */
  includes({ address, port }: Pick<Source, 'address' | 'port'>): boolean {
    return this.#ports.includes(port) && this.#isOwnAddress(address);
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
