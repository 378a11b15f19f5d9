import { randomHex } from '../../lib/random-hex.ts';
import type { HeaderLine, SipResponse } from '../message/message.ts';
import { createResponse, type ResponseOptions } from '../message/response.ts';
import type { ReceivedRequest } from '../transaction/received-request.ts';

/** 64 random bits; RFC 3261 section 19.3 asks for at least 32. */
const TAG_BYTES = 8;

export function newTag(): string {
  return randomHex(TAG_BYTES);
}

/** Makes responses that bear our name; without a `toTag` theirs is the same for each copy of the request. */
export class Responder {
  readonly #serverHeader: HeaderLine;

  constructor(serverName: string) {
    this.#serverHeader = { name: 'Server', value: serverName };
  }

  create(received: ReceivedRequest, status: number, content: ResponseOptions = {}): SipResponse {
    const headers = [this.#serverHeader, ...(content.headers ?? [])];
    return createResponse(received.request, status, { ...content, headers });
  }
}
