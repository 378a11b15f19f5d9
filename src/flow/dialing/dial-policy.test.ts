import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { PhoneNumber } from '../../domain/numbers/number.ts';
import { addressKind } from '../../lib/ip-address.ts';
import { DialError } from '../dialer.ts';
import {
  admitNumber,
  admitPlace,
  admitRequest,
  admitUri,
  type DialPlace,
  MAX_LEGS_PER_CALL,
} from './dial-policy.ts';

const NUMBER = { address: '+14155550123', sipUri: 'sip:Bakery@sip.example' } as PhoneNumber;

function refuses(judge: () => unknown, message: RegExp): void {
  assert.throws(judge, (error) => {
    assert.ok(error instanceof DialError);
    assert.equal(error.outcome, 'refused');
    assert.match(error.message, message);
    return true;
  });
}

const onlyPublic = (address: string) =>
  addressKind(address) === 'public' ? undefined : `${addressKind(address)} address`;

function place(fields: Partial<DialPlace>): DialPlace {
  return { user: 'operator', addresses: ['8.8.8.8'], isOwn: false, number: NUMBER, ...fields };
}

describe('the gate of outbound dialling', () => {
  it('lets a call out while it has hops and legs left, and its extension has keys alone', () => {
    admitRequest({ maxForwards: 1, extension: '12*#a,,w3' }, MAX_LEGS_PER_CALL - 1);
    refuses(() => admitRequest({ maxForwards: 0 }, 0), /too many exchanges/);
    refuses(() => admitRequest({ maxForwards: 70 }, MAX_LEGS_PER_CALL), /4 outbound legs/);
    for (const extension of ['', '1 2', '1p2', '1'.repeat(33)])
      refuses(() => admitRequest({ maxForwards: 70, extension }, 0), /extension/);
  });

  it('takes SIP and SIPS URIs only, and none that would break a line of the request', () => {
    assert.equal(admitUri('sip:+4930123456@pbx.example;transport=tcp').user, '+4930123456');
    assert.equal(admitUri('sips:desk@pbx.example').scheme, 'sips');
    for (const text of ['tel:+4930123456', 'http://pbx.example', 'desk', 'sip:', ''])
      refuses(() => admitUri(text), /not a SIP URI/);
    for (const text of ['sip:a@b\r\nX-Evil: 1', 'sip:a\0@b', 'sip:a%0d%0aX@b', 'sip:a@b;x=%00'])
      refuses(() => admitUri(text), /line break/);
    refuses(() => admitUri(`sip:${'a'.repeat(600)}@b`), /too long/);
  });

  it('takes numbers and short codes, and nothing that is more than one', () => {
    assert.equal(admitNumber('+4930123456'), '+4930123456');
    assert.equal(admitNumber('101'), '101');
    for (const text of ['', '+', '10 1', '1@evil.example', '1\r\n2'])
      refuses(() => admitNumber(text), /telephone number/);
  });

  it('refuses the number that the call is for, in whatever form it is dialled, and takes every other one', () => {
    for (const text of ['+14155550123', '14155550123', '0014155550123', '01114155550123'])
      refuses(() => admitNumber(text, NUMBER), /loops back to the same number/);
    for (const text of ['+14155550124', '123', 'bakery']) assert.equal(admitNumber(text, NUMBER), text);
    const desk = { address: 'Desk' } as PhoneNumber;
    refuses(() => admitNumber('desk', desk), /loops back to the same number/);
    const withoutAddress = { sipUri: 'sip:+14155550123@sip.example' } as PhoneNumber;
    assert.equal(admitNumber('+14155550123', withoutAddress), '+14155550123');
  });

  it('judges every address of the host, so that no private one hides behind a public one', () => {
    admitPlace(place({ addresses: ['8.8.8.8', '9.9.9.9'] }), onlyPublic);
    for (const address of ['10.0.0.1', '127.0.0.1', '169.254.1.1', '100.64.0.1', '::1', '::ffff:10.0.0.1'])
      refuses(() => admitPlace(place({ addresses: ['8.8.8.8', address] }), onlyPublic), /not allowed/);
    admitPlace(place({ addresses: ['10.0.0.1'] }), () => undefined);
  });

  it('refuses a destination of our own that is the same number, in whatever form it is written', () => {
    for (const user of ['+14155550123', '14155550123', 'bakery', 'BAKERY'])
      refuses(() => admitPlace(place({ isOwn: true, user }), onlyPublic), /loops back to the same number/);
    admitPlace(place({ isOwn: true, user: 'florist' }), onlyPublic);
    admitPlace(place({ isOwn: false, user: 'bakery' }), onlyPublic);
    admitPlace(place({ isOwn: true, user: undefined }), onlyPublic);
  });
});
