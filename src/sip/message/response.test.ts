import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fromTag, headerAll, headerValue, toTag } from './headers.ts';
import { reasonPhrase } from './reason-phrases.ts';
import { createRequest } from './request.ts';
import { createResponse } from './response.ts';

const invite = createRequest('INVITE', 'sip:b@example.com', {
  from: '"A" <sip:a@example.com>;tag=1',
  to: '<sip:b@example.com>',
  callId: 'x@example.com',
  seq: 7,
  routes: ['<sip:proxy.example.com;lr>'],
  headers: [
    { name: 'Via', value: 'SIP/2.0/UDP a;branch=z9hG4bK1, SIP/2.0/UDP b;branch=z9hG4bK2' },
    { name: 'Via', value: 'SIP/2.0/UDP c;branch=z9hG4bK3' },
    { name: 'Record-Route', value: '<sip:p1;lr>' },
    { name: 'Record-Route', value: '<sip:p2;lr>' },
    { name: 'Timestamp', value: '54' },
  ],
});

test('a request has Max-Forwards 70, its routes and its CSeq', () => {
  assert.equal(headerValue(invite, 'Max-Forwards'), '70');
  assert.equal(headerValue(invite, 'Route'), '<sip:proxy.example.com;lr>');
  assert.equal(headerValue(invite, 'CSeq'), '7 INVITE');
  assert.throws(
    () => createRequest('INVITE', 'no uri', { from: '', to: '', callId: 'x', seq: 1 }),
    TypeError,
  );
});

test('Via, From, Call-ID and CSeq are copied as they stand', () => {
  const response = createResponse(invite, 404);
  assert.deepEqual(headerAll(response, 'Via'), headerAll(invite, 'Via'));
  for (const name of ['From', 'Call-ID', 'CSeq'])
    assert.equal(headerValue(response, name), headerValue(invite, name));
  assert.equal(response.reason, 'Not Found');
  assert.equal(fromTag(response), '1');
});

test('the route set goes into what makes a dialog, and only there', () => {
  assert.deepEqual(headerAll(createResponse(invite, 180), 'Record-Route'), ['<sip:p1;lr>', '<sip:p2;lr>']);
  assert.equal(headerAll(createResponse(invite, 200), 'Record-Route').length, 2);
  assert.equal(headerAll(createResponse(invite, 100), 'Record-Route').length, 0);
  assert.equal(headerAll(createResponse(invite, 486), 'Record-Route').length, 0);
  assert.equal(headerAll(createResponse({ ...invite, method: 'BYE' }, 200), 'Record-Route').length, 0);
});

test('To gets a tag unless it has one or the response is a 100', () => {
  assert.equal(toTag(createResponse(invite, 180, { toTag: 'ours' })), 'ours');
  assert.equal(toTag(createResponse(invite, 100)), undefined);
  const tag = toTag(createResponse(invite, 400));
  assert.match(tag ?? '', /^[0-9a-f]{16}$/);
  assert.equal(toTag(createResponse(invite, 400)), tag);
  const inDialog = {
    ...invite,
    headers: invite.headers.map((line) =>
      line.name === 'To' ? { name: 'To', value: 'sip:b@c;tag=9' } : line,
    ),
  };
  assert.equal(toTag(createResponse(inDialog, 200, { toTag: 'ours' })), '9');
});

test('a 100 returns the time stamp', () => {
  assert.equal(headerValue(createResponse(invite, 100), 'Timestamp'), '54');
  assert.equal(headerValue(createResponse(invite, 180), 'Timestamp'), undefined);
});

test('an unregistered status has the name of its class', () => {
  assert.equal(reasonPhrase(486), 'Busy Here');
  assert.equal(reasonPhrase(499), 'Client Error');
  assert.equal(reasonPhrase(799), 'Unknown');
});
