import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { HeaderLine, SipRequest } from '../message/message.ts';
import { createRequest } from '../message/request.ts';
import { createResponse } from '../message/response.ts';
import { formatUri } from '../message/uri.ts';
import { Dialog } from './dialog.ts';
import { DialogTable } from './dialog-table.ts';

function invite(headers: HeaderLine[] = [{ name: 'Contact', value: '<sip:alice@192.0.2.1>' }]): SipRequest {
  return createRequest('INVITE', 'sip:bob@example.com', {
    from: 'Alice <sip:alice@example.com>;tag=a',
    to: '<sip:bob@example.com>',
    callId: 'call',
    seq: 7,
    headers,
  });
}

const record = (...values: string[]): HeaderLine[] =>
  values.map((value) => ({ name: 'Record-Route', value }));
const headersOf = (request: SipRequest, name: string) =>
  request.headers.filter((line) => line.name === name).map((line) => line.value);

describe('a dialog of the UAS', () => {
  const contact = {
    name: 'Contact',
    value: '"A" <sip:alice@192.0.2.1:5070;transport=tcp;method=INVITE?x=y>;q=1',
  };
  const dialog = Dialog.fromInvite(
    invite([contact, ...record('<sip:p1.example.com;lr>, <sip:p2.example.com;lr>')]),
    'b',
    0,
  );
  assert.ok(dialog);

  it('sends requests from To to From along Record-Route in its order', () => {
    const { request, nextHop } = dialog.createRequest('BYE');
    assert.deepEqual(headersOf(request, 'From'), ['<sip:bob@example.com>;tag=b']);
    assert.deepEqual(headersOf(request, 'To'), ['Alice <sip:alice@example.com>;tag=a']);
    assert.deepEqual(headersOf(request, 'Route'), ['<sip:p1.example.com;lr>', '<sip:p2.example.com;lr>']);
    assert.deepEqual(headersOf(request, 'CSeq'), ['1 BYE']);
    assert.equal(nextHop.host, 'p1.example.com');
  });

  it('addresses the Contact without what a request URI must not have', () => {
    assert.equal(dialog.createRequest('INFO').request.rawUri, 'sip:alice@192.0.2.1:5070;transport=tcp');
  });

  it('takes only sequence numbers above the last one', () => {
    assert.equal(dialog.takeRemoteSequence(7), false);
    assert.equal(dialog.takeRemoteSequence(6), false);
    assert.equal(dialog.takeRemoteSequence(12), true);
    assert.equal(dialog.takeRemoteSequence(12), false);
  });

  it('reaches a caller who left Contact out, as RFC 2543 allowed, at its From', () => {
    assert.equal(Dialog.fromInvite(invite([]), 'b', 0)?.remoteTarget.host, 'example.com');
  });

  it('cannot be made with a Contact that is no place to send to', () => {
    const mail = [{ name: 'Contact', value: '<mailto:alice@example.com>' }];
    assert.equal(Dialog.fromInvite(invite(mail), 'b', 0), undefined);
  });
});

describe('a dialog of the UAC', () => {
  const answer = (headers: HeaderLine[], status = 200, toTag = 'b') =>
    createResponse(invite(), status, { toTag, headers });
  const contact = { name: 'Contact', value: '<sip:bob@198.51.100.2>' };

  it('reverses Record-Route and counts on from the INVITE', () => {
    const response = answer([contact, ...record('<sip:p2.example.com;lr>', '<sip:p1.example.com;lr>')]);
    const dialog = Dialog.fromResponse(invite(), response);
    assert.ok(dialog);
    assert.equal(dialog.state, 'confirmed');
    const { request } = dialog.createRequest('BYE');
    assert.deepEqual(headersOf(request, 'Route'), ['<sip:p1.example.com;lr>', '<sip:p2.example.com;lr>']);
    assert.deepEqual(headersOf(request, 'CSeq'), ['8 BYE']);
    assert.deepEqual(headersOf(dialog.createAck(7).request, 'CSeq'), ['7 ACK']);
  });

  it('puts a strict router into the request URI and the target behind the routes', () => {
    const response = answer([contact, ...record('<sip:p2.example.com;lr>', '<sip:strict.example.com>')]);
    const made = Dialog.fromResponse(invite(), response)?.createRequest('BYE');
    assert.equal(made?.request.rawUri, 'sip:strict.example.com');
    assert.deepEqual(made && headersOf(made.request, 'Route'), [
      '<sip:p2.example.com;lr>',
      '<sip:bob@198.51.100.2>',
    ]);
    assert.equal(made?.nextHop.host, 'strict.example.com');
  });

  it('is early by a 1xx, and moves with the Contact of later messages', () => {
    const dialog = Dialog.fromResponse(invite(), answer([contact], 183));
    assert.equal(dialog?.state, 'early');
    dialog?.refreshTarget(answer([{ name: 'Contact', value: '<sip:bob@203.0.113.3>' }]));
    assert.equal(dialog && formatUri(dialog.remoteTarget), 'sip:bob@203.0.113.3');
    dialog?.refreshTarget(answer([]));
    assert.equal(dialog?.remoteTarget.host, '203.0.113.3');
  });

  it('is not made by a response without Contact', () => {
    assert.equal(Dialog.fromResponse(invite(), answer([])), undefined);
  });
});

describe('the table of dialogs', () => {
  it('finds an owner by Call-ID and both tags', () => {
    const table = new DialogTable<string>();
    const id = { callId: 'c', localTag: 'l', remoteTag: 'r' };
    table.add(id, 'owner');
    assert.equal(table.find({ ...id }), 'owner');
    assert.equal(table.find({ ...id, localTag: 'r', remoteTag: 'l' }), undefined);
    table.remove(id);
    assert.equal(table.find(id), undefined);
    assert.equal(table.size, 0);
  });
});
