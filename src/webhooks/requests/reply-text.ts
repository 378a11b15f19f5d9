import type { ReadableStream } from 'node:stream/web';
import { cappedBody } from '../egress/capped-body.ts';

/**
 * The body as UTF-8; what is none becomes replacement characters.
 * @throws {Error} when it is longer than `maxBytes`, as soon as that is seen.
 */
export async function replyText({ body }: Response, maxBytes: number): Promise<string> {
  if (!body) return '';
  const tooLarge = new Error(`the reply is larger than ${maxBytes} bytes`);
  return new Response(cappedBody(body as ReadableStream<Uint8Array>, maxBytes, tooLarge)).text();
}
