import { lookup as systemLookup } from 'node:dns/promises';
import { isIP, type LookupFunction } from 'node:net';
import { Agent, buildConnector, type RequestInit as UndiciRequestInit, fetch as undiciFetch } from 'undici';
import { ExchangeError } from '../../domain/errors.ts';
import type { Logger } from '../../lib/logger.ts';
import { type AddressPolicy, createAddressPolicy } from './address-policy.ts';
import { cappedBody } from './capped-body.ts';

/** Bytes of a reply, after decompression. Room for any webhook answer or streamed model answer. */
const DEFAULT_MAX_RESPONSE_BYTES = 4 * 1024 * 1024;
/** From the request to the last byte of the reply. A caller who needs less hands in a signal. */
const DEFAULT_TIMEOUT_MS = 60_000;
/** Name look-up, TCP and TLS together. */
const CONNECT_TIMEOUT_MS = 5_000;
/** Bytes of a reply's header section; Node's own server refuses more, too. */
const MAX_HEADER_BYTES = 16 * 1024;
const MAX_HEADER_COUNT = 100;
/** Idle connections are kept for the next turn of a call, within what most servers keep. */
const KEEP_ALIVE_MS = 4_000;
/** Parallel connections to one origin, so that one slow server cannot use up our sockets. */
const MAX_CONNECTIONS_PER_ORIGIN = 64;

const REDIRECTS: ReadonlySet<number> = new Set([301, 302, 303, 307, 308]);
/** Statuses whose reply must not have a body (Fetch, "null body status"). */
const BODILESS: ReadonlySet<number> = new Set([204, 205, 304]);

export interface ResolvedAddress {
  address: string;
  family: number;
}

export interface GuardedFetchOptions {
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

/**
 * `fetch` for URLs that customers wrote. Rejects with an {@link ExchangeError} `egress-refused` that says why when the
 * target, a redirect or the size of the reply is refused (amid the body: the body fails with it), with a `TimeoutError`
 * when the time is over, and as `fetch` does for the rest.
 */
export type GuardedFetch = typeof globalThis.fetch & {
  /** Closes idle connections and ends those in use. */
  close(): Promise<void>;
};

function refused(what: string, why: string): ExchangeError {
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

function createAgent(options: GuardedFetchOptions, timeoutMs: number): Agent {
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

/** The URL, if it is one that may be asked for at all. */
function checkedUrl(input: string | URL): URL {
  const url = URL.canParse(String(input)) ? new URL(String(input)) : undefined;
  if (!url) throw refused('the URL', 'it is not an absolute URL');
  if (url.protocol !== 'http:' && url.protocol !== 'https:') {
    throw refused(url.protocol, 'only http and https are spoken');
  }
  if (url.username || url.password) throw refused(url.host, 'credentials belong in a header, not in the URL');
  return url;
}

/** Customs of `fetch`: a network failure hides its reason in `cause`. A refusal is told as it is. */
function unwrapped(error: unknown): unknown {
  for (let inner = error; inner instanceof Error; inner = inner.cause) {
    if (inner instanceof ExchangeError) return inner;
  }
  return error;
}

async function requestParts(
  input: string | URL | Request,
  init: RequestInit | undefined,
): Promise<{ url: URL; init: RequestInit }> {
  if (!(input instanceof Request)) return { url: checkedUrl(input), init: init ?? {} };
  const { method, headers, signal } = input;
  const body = input.body ? await input.arrayBuffer() : null;
  return { url: checkedUrl(input.url), init: { method, headers, signal, body, ...init } };
}

/** The only way out to a URL that a customer wrote: resolves, judges and pins the address, follows no redirect, caps time and size. */
export function createGuardedFetch(options: GuardedFetchOptions): GuardedFetch {
  const maxBytes = options.maxResponseBytes ?? DEFAULT_MAX_RESPONSE_BYTES;
  const timeoutMs = options.timeoutMs ?? DEFAULT_TIMEOUT_MS;
  const agent = createAgent(options, timeoutMs);

  const exchange = async (url: URL, init: RequestInit): Promise<Response> => {
    const deadline = AbortSignal.timeout(timeoutMs);
    const response = await undiciFetch(url, {
      // The same dictionary; only the two packages' type declarations differ.
      ...(init as unknown as UndiciRequestInit),
      signal: init.signal ? AbortSignal.any([init.signal, deadline]) : deadline,
      redirect: 'manual',
      dispatcher: agent,
    });
    const discard = async (error: ExchangeError): Promise<never> => {
      await response.body?.cancel();
      throw error;
    };
    if (REDIRECTS.has(response.status)) {
      return discard(refused(url.host, `it redirects (${response.status}), and redirects are not followed`));
    }
    if ([...response.headers.keys()].length > MAX_HEADER_COUNT) {
      return discard(refused(url.host, `its reply has more than ${MAX_HEADER_COUNT} headers`));
    }
    const tooLarge = refused(url.host, `its reply is larger than ${maxBytes} bytes`);
    if (Number(response.headers.get('content-length')) > maxBytes) return discard(tooLarge);
    const { status, statusText } = response;
    const headers = [...response.headers] as [string, string][];
    const body =
      response.body && !BODILESS.has(status) ? cappedBody(response.body, maxBytes, tooLarge) : null;
    return new Response(body, { status, statusText, headers });
  };

  const guarded = async (input: string | URL | Request, init?: RequestInit): Promise<Response> => {
    try {
      const parts = await requestParts(input, init);
      return await exchange(parts.url, parts.init);
    } catch (error) {
      const reason = unwrapped(error);
      if (reason instanceof ExchangeError)
        options.logger.warn({ reason: reason.message }, 'outgoing request refused');
      throw reason;
    }
  };
  return Object.assign(guarded, { close: () => agent.destroy() });
}
