import { lookup as systemLookup } from 'node:dns/promises';
import { isIP, type LookupFunction } from 'node:net';
import { Agent, buildConnector } from 'undici';
import { ExchangeError } from '../../domain/errors.ts';
import type { Logger } from '../../lib/logger.ts';
import { type AddressPolicy, createAddressPolicy } from './address-policy.ts';

/** Name look-up, TCP and TLS together. */
const CONNECT_TIMEOUT_MS = 5_000;
/** Bytes of a reply's header section; Node's own server refuses more, too. */
const MAX_HEADER_BYTES = 16 * 1024;
/** Headers of one reply. */
export const MAX_HEADER_COUNT = 100;
/** Idle connections are kept for the next turn of a call, within what most servers keep. */
const KEEP_ALIVE_MS = 4_000;
/** Parallel connections to one origin, so that one slow server cannot use up our sockets. */
const MAX_CONNECTIONS_PER_ORIGIN = 64;

const REDIRECTS: ReadonlySet<number> = new Set([301, 302, 303, 307, 308]);

export interface ResolvedAddress {
  address: string;
  family: number;
}

export interface EgressOptions {
  /** Networks that are admitted although not public. @throws RangeError when one is not a network. */
  allow: readonly string[];
  logger: Logger;
  /** Bytes of a reply's body, after decompression. */
  maxResponseBytes?: number;
  /** From the request to the last byte of the reply. */
  timeoutMs?: number;
  /** All addresses of a name; the system's resolver unless given. */
  lookup?: (hostname: string) => Promise<ResolvedAddress[]>;
}

/** What a request is refused with. */
export function refused(what: string, why: string): ExchangeError {
  return new ExchangeError('egress-refused', `refused to reach ${what}: ${why}`);
}

/**
 * A look-up whose answers were judged: the socket connects to exactly the addresses that passed, so a name that
 * resolves differently the next moment (DNS rebinding) gains nothing.
 */
function judgedLookup(
  policy: AddressPolicy,
  resolve: (hostname: string) => Promise<ResolvedAddress[]>,
): LookupFunction {
  return (hostname, options, callback) => {
    resolve(hostname).then(
      (found) => {
        const admitted = found.filter(({ address }) => policy.refusalOf(address) === undefined);
        const [first] = admitted;
        if (!first) {
          const why =
            found.map(({ address }) => `${policy.refusalOf(address)} ${address}`).join(', ') || 'no address';
          callback(refused(hostname, `the name leads to ${why}`), '', 4);
        } else if (options.all) callback(null, admitted);
        else callback(null, first.address, first.family);
      },
      (error: NodeJS.ErrnoException) => callback(error, '', 4),
    );
  };
}

/** Connections to judged addresses only. @param timeoutMs for the headers, and between two parts of the body. */
export function createGuardedAgent(options: EgressOptions, timeoutMs: number): Agent {
  const policy = createAddressPolicy(options.allow);
  const resolve = options.lookup ?? ((hostname: string) => systemLookup(hostname, { all: true }));
  const connect = buildConnector({
    timeout: CONNECT_TIMEOUT_MS,
    lookup: judgedLookup(policy, resolve),
  } as buildConnector.BuildOptions);
  return new Agent({
    connect(target, callback) {
      // Node asks no look-up function for a literal address, so it is judged here.
      const refusal = isIP(target.hostname) === 0 ? undefined : policy.refusalOf(target.hostname);
      if (refusal === undefined) connect(target, callback);
      else callback(refused(target.hostname, refusal), null);
    },
    maxHeaderSize: MAX_HEADER_BYTES,
    headersTimeout: timeoutMs,
    bodyTimeout: timeoutMs,
    keepAliveTimeout: KEEP_ALIVE_MS,
    connections: MAX_CONNECTIONS_PER_ORIGIN,
    allowH2: false,
  });
}

/** The URL, if it is one that may be asked for at all. @throws {ExchangeError} `egress-refused` */
export function checkedUrl(input: string | URL): URL {
  const url = URL.canParse(String(input)) ? new URL(String(input)) : undefined;
  if (!url) throw refused('the URL', 'it is not an absolute URL');
  if (url.protocol !== 'http:' && url.protocol !== 'https:') {
    throw refused(url.protocol, 'only http and https are spoken');
  }
  if (url.username || url.password) throw refused(url.host, 'credentials belong in a header, not in the URL');
  return url;
}

/** Customs of `fetch`: a network failure hides its reason in `cause`. A refusal is told as it is. */
export function unwrapped(error: unknown): unknown {
  for (let inner = error; inner instanceof Error; inner = inner.cause) {
    if (inner instanceof ExchangeError) return inner;
  }
  return error;
}

/**
 * Judges the head of a reply.
 * @returns why the reply is refused; undefined when its body may be read.
 */
export function replyRefusal(
  host: string,
  reply: { status: number; headerCount: number; contentLength: string | null | undefined },
  maxBytes: number,
): ExchangeError | undefined {
  const { status, headerCount, contentLength } = reply;
  if (REDIRECTS.has(status)) return refused(host, `it redirects (${status}), and redirects are not followed`);
  if (headerCount > MAX_HEADER_COUNT)
    return refused(host, `its reply has more than ${MAX_HEADER_COUNT} headers`);
  return Number(contentLength) > maxBytes ? replyTooLarge(host, maxBytes) : undefined;
}

export function replyTooLarge(host: string, maxBytes: number): ExchangeError {
  return refused(host, `its reply is larger than ${maxBytes} bytes`);
}
