import { type RequestInit as UndiciRequestInit, fetch as undiciFetch } from 'undici';
import { ExchangeError } from '../../domain/errors.ts';
import { cappedBody } from './capped-body.ts';
import {
  checkedUrl,
  createGuardedAgent,
  type EgressOptions,
  replyRefusal,
  replyTooLarge,
  unwrapped,
} from './guarded-agent.ts';

/** Bytes of a reply, after decompression. Room for any webhook answer or streamed model answer. */
const DEFAULT_MAX_RESPONSE_BYTES = 4 * 1024 * 1024;
/** From the request to the last byte of the reply. A caller who needs less hands in a signal. */
const DEFAULT_TIMEOUT_MS = 60_000;

/** Statuses whose reply must not have a body (Fetch, "null body status"). */
const BODILESS: ReadonlySet<number> = new Set([204, 205, 304]);

/**
 * `fetch` for URLs that customers wrote. Rejects with an {@link ExchangeError} `egress-refused` that says why when the
 * target, a redirect or the size of the reply is refused (amid the body: the body fails with it), with a `TimeoutError`
 * when the time is over, and as `fetch` does for the rest.
 */
export type GuardedFetch = typeof globalThis.fetch & {
  /** Closes idle connections and ends those in use. */
  close(): Promise<void>;
};

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
export function createGuardedFetch(options: EgressOptions): GuardedFetch {
  const maxBytes = options.maxResponseBytes ?? DEFAULT_MAX_RESPONSE_BYTES;
  const timeoutMs = options.timeoutMs ?? DEFAULT_TIMEOUT_MS;
  const agent = createGuardedAgent(options, timeoutMs);

  const exchange = async (url: URL, init: RequestInit): Promise<Response> => {
    const deadline = AbortSignal.timeout(timeoutMs);
    const response = await undiciFetch(url, {
      // The same dictionary; only the two packages' type declarations differ.
      ...(init as unknown as UndiciRequestInit),
      signal: init.signal ? AbortSignal.any([init.signal, deadline]) : deadline,
      redirect: 'manual',
      dispatcher: agent,
    });
    const head = {
      status: response.status,
      headerCount: [...response.headers.keys()].length,
      contentLength: response.headers.get('content-length'),
    };
    const refusal = replyRefusal(url.host, head, maxBytes);
    if (refusal) {
      await response.body?.cancel();
      throw refusal;
    }
    const tooLarge = replyTooLarge(url.host, maxBytes);
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
