import assert from 'node:assert/strict';
import { headerValues, maxForwards, replaceTopVia, topVia } from '../../src/sip/message/headers.ts';
import { parseNameAddress } from '../../src/sip/message/name-address.ts';
import { parseMessage } from '../../src/sip/message/parser.ts';
import { createResponse } from '../../src/sip/message/response.ts';
import { serialize } from '../../src/sip/message/serializer.ts';
import { formatUri } from '../../src/sip/message/uri.ts';
import { formatVia } from '../../src/sip/message/via.ts';
import { answerOffer } from '../../src/sip/session/offer-answer.ts';

const LOCAL = {
  address: '203.0.113.10',
  port: 40_000,
  sessionId: 1,
  version: 1,
  codecs: ['PCMU' as const, 'PCMA' as const],
  ptimeMs: 20,
};

/** Does with a datagram what the stack does with it. @returns the answer to it, where it gets one. */
export function handle(datagram: Buffer): Buffer | undefined {
  const result = parseMessage(datagram);
  if (!result.ok) {
    if (result.status === undefined) return undefined;
    return serialize(createResponse(result.partial, result.status, { reason: result.reason }));
  }
  const { message } = result;
  maxForwards(message);
  for (const name of ['Contact', 'Record-Route', 'Route', 'P-Asserted-Identity'])
    headerValues(message, name).forEach(parseNameAddress);
  answerOffer(Buffer.from(message.body).toString('utf8'), LOCAL);
  if (message.kind === 'response') return serialize(message);
  formatUri(message.uri);
  const via = topVia(message);
  assert.ok(via, 'an accepted request has a readable Via');
  replaceTopVia(message, formatVia({ ...via, received: '192.0.2.1', rport: 5060 }));
  return serialize(createResponse(message, 200, { toTag: 'x' }));
}
