import type { ServerReply } from '../../../flow/server-messages.ts';
import { parseJsonBody } from '../../server/json-body.ts';
import type { Json } from './envelope.ts';

/** Characters of a reply that are read; an assistant with all its prompts is a tenth of it. */
const MAX_REPLY_LENGTH = 512 * 1024;

/** What stands in the body of a reply, or why nothing can be made of it, for the customer's eyes. */
export type ReplyContent = { value: unknown } | { problem: string };

export function replyContent({ body }: Pick<ServerReply, 'body'>): ReplyContent {
  if (body.length > MAX_REPLY_LENGTH) {
    return { problem: `The answer is longer than ${MAX_REPLY_LENGTH} characters.` };
  }
  if (body.trim() === '') return { problem: 'The answer is empty.' };
  try {
    return { value: parseJsonBody(Buffer.from(body)) };
  } catch (error) {
    const { message } = error as Error;
    return { problem: message.replace(/^Request( body)?/, 'The answer') };
  }
}

/** The object of a reply, unwrapped from the vendor's `messageResponse`; undefined where it is none. */
export function replyObject(value: unknown): Json | undefined {
  if (!isObject(value)) return undefined;
  return isObject(value.messageResponse) ? value.messageResponse : value;
}

export function isObject(value: unknown): value is Json {
  return value !== null && typeof value === 'object' && !Array.isArray(value);
}

/** Text of an `error`, which handlers send plain or as the object of an exception. */
export function errorText(error: unknown): string | undefined {
  if (typeof error === 'string') return error;
  return isObject(error) && typeof error.message === 'string' ? error.message : undefined;
}

export function isGiven(value: unknown): boolean {
  return value !== undefined && value !== null;
}
