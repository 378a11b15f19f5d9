import type { Readable } from 'node:stream';
import { ExchangeError } from '../../domain/errors.ts';
import type { ServerReply } from '../../flow/server-messages.ts';
import {
  checkedUrl,
  createGuardedAgent,
  type EgressOptions,
  refused,
  replyRefusal,
  replyTooLarge,
  unwrapped,
} from './guarded-agent.ts';

/** Bytes of a reply: room for a whole transient squad, hardly any for mischief. */
const DEFAULT_MAX_RESPONSE_BYTES = 256 * 1024;
/** The longest time that a server's settings can give (`timeoutSeconds`); the caller's signal ends it before. */
const DEFAULT_TIMEOUT_MS = 300_000;
const UTF8 = new TextDecoder();

export interface GuardedRequest {
  /** Unset: POST. */
  method?: 'GET' | 'POST';
  headers: Record<string, string>;
  /** Of a GET nothing is sent. */
  body: string;
  signal: AbortSignal;
}

/**
 * One POST, or GET, under the rules of the guarded fetch, for the many small messages to customers' servers: it reads the reply
 * itself, as UTF-8, which takes a fraction of what `fetch` does. The caller's signal is the limit in time, but a connection
 * that is just being made first runs into its own. Rejects with an {@link ExchangeError} `egress-refused`, with the
 * signal's reason, or as undici does for the rest.
 */
export type GuardedPost = ((url: string, init: GuardedRequest) => Promise<ServerReply>) & {
  /** Ends all connections. */
  close(): Promise<void>;
};

export function createGuardedPost(options: EgressOptions): GuardedPost {
  const maxBytes = options.maxResponseBytes ?? DEFAULT_MAX_RESPONSE_BYTES;
  const agent = createGuardedAgent(options, options.timeoutMs ?? DEFAULT_TIMEOUT_MS);

  const post = async (
    input: string,
    { method = 'POST', headers, body, signal }: GuardedRequest,
  ): Promise<ServerReply> => {
    signal.throwIfAborted();
    const url = checkedUrl(input);
    const reply = await agent.request({
      origin: url.origin,
      path: `${url.pathname}${url.search}`,
      method,
      // Nothing is decompressed here, so nothing can swell beyond the cap.
      headers: { ...headers, 'accept-encoding': 'identity' },
      body: method === 'GET' ? null : body,
      signal,
    });
    const header = (name: string) => [reply.headers[name] ?? []].flat()[0];
    const head = {
      status: reply.statusCode,
      headerCount: Object.values(reply.headers).flat().length,
      contentLength: header('content-length'),
    };
    const encoding = header('content-encoding') ?? 'identity';
    const refusal =
      replyRefusal(url.host, head, maxBytes) ??
      (encoding === 'identity' ? undefined : refused(url.host, 'its reply is compressed, against our wish'));
    if (refusal) {
      // The stream tells of its end by an error, which is our own doing.
      reply.body.on('error', () => {}).destroy();
      throw refusal;
    }
    const retryAfter = header('retry-after');
    return {
      status: reply.statusCode,
      body: await textOf(reply.body, maxBytes, () => replyTooLarge(url.host, maxBytes)),
      ...(retryAfter !== undefined && { retryAfter }),
    };
  };

  const guarded: (...args: Parameters<typeof post>) => Promise<ServerReply> = async (...args) => {
    try {
      return await post(...args);
    } catch (error) {
      const reason = unwrapped(error);
      if (reason instanceof ExchangeError)
        options.logger.warn({ reason: reason.message }, 'outgoing request refused');
      throw reason;
    }
  };
  return Object.assign(guarded, { close: () => agent.destroy() });
}

/** By events: an iterator over the stream would cost a small reply more than all the rest of its reading. */
function textOf(body: Readable, maxBytes: number, tooLarge: () => Error): Promise<string> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let size = 0;
    body.on('data', (chunk: Buffer) => {
      size += chunk.length;
      // Destroying the stream ends the connection.
      if (size > maxBytes) body.destroy(tooLarge());
      else chunks.push(chunk);
    });
    body.on('end', () => resolve(UTF8.decode(Buffer.concat(chunks))));
    body.on('error', reject);
  });
}
