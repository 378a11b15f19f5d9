import assert from 'node:assert/strict';
import { from, to } from '../../src/sip/message/headers.ts';
import type { SipMessage, SipRequest, SipResponse } from '../../src/sip/message/message.ts';
import { parseMessage } from '../../src/sip/message/parser.ts';

function messageIn(bytes: Uint8Array): SipMessage {
  const result = parseMessage(bytes);
  assert.ok(result.ok, result.ok ? undefined : result.reason);
  return result.message;
}

export function requestIn(bytes: Uint8Array): SipRequest {
  const message = messageIn(bytes);
  assert.equal(message.kind, 'request');
  return message as SipRequest;
}

export function responseIn(bytes: Uint8Array): SipResponse {
  const message = messageIn(bytes);
  assert.equal(message.kind, 'response');
  return message as SipResponse;
}

export function addressOf(
  message: SipMessage,
  name: 'From' | 'To',
): { displayName?: string; user?: string; host: string; tag?: string } {
  const address = name === 'From' ? from(message) : to(message);
  assert.ok(address);
  const { displayName, uri, params } = address;
  const tag = params.get('tag');
  return {
    ...(displayName !== undefined && { displayName }),
    ...(uri.user !== undefined && { user: uri.user }),
    host: uri.host,
    ...(tag !== undefined && { tag }),
  };
}
