import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Via } from '../message/message.ts';
import { parseVia } from '../message/via.ts';
import type { Source } from '../session/session.ts';
import { isBehindNat, responseRoute, stampVia } from './response-route.ts';

const UDP: Source = { protocol: 'udp', address: '192.0.2.7', port: 40_001 };
const TCP: Source = { ...UDP, protocol: 'tcp' };

function via(text: string): Via {
  const parsed = parseVia(`SIP/2.0/UDP ${text}`);
  assert.ok(parsed);
  return parsed;
}

describe('the way back of a response', () => {
  it('is the source where rport was asked for (RFC 3581)', () => {
    assert.deepEqual(responseRoute(via('192.0.2.7:5070;rport;branch=z9hG4bK1'), UDP), [UDP]);
  });

  it('is the source address with the port of sent-by, or 5060, without rport', () => {
    assert.deepEqual(responseRoute(via('10.0.0.1:5070'), UDP), [{ ...UDP, port: 5070 }]);
    assert.deepEqual(responseRoute(via('phone.invalid'), UDP), [{ ...UDP, port: 5060 }]);
  });

  it('never follows maddr', () => {
    assert.deepEqual(responseRoute(via('192.0.2.7;maddr=198.51.100.9'), UDP), [{ ...UDP, port: 5060 }]);
  });

  it('is the connection, then a new one to the port of sent-by', () => {
    assert.deepEqual(responseRoute(via('192.0.2.7:5070'), TCP), [TCP, { ...TCP, port: 5070 }]);
  });

  it('by TLS is 5061 without a port in sent-by, and only to who proves that name', () => {
    const tls: Source = { ...UDP, protocol: 'tls' };
    assert.deepEqual(responseRoute(via('phone.invalid'), tls), [
      tls,
      { ...tls, port: 5061, name: 'phone.invalid' },
    ]);
  });

  it('is written into the Via: received where the host differs or rport was asked for', () => {
    const plain = via('192.0.2.7:5070');
    stampVia(plain, UDP);
    assert.equal(plain.received, undefined);
    const named = via('phone.invalid;received=198.51.100.9');
    stampVia(named, UDP);
    assert.equal(named.received, '192.0.2.7');
    const asked = via('192.0.2.7:5070;rport');
    stampVia(asked, UDP);
    assert.deepEqual([asked.received, asked.rport], ['192.0.2.7', 40_001]);
  });

  it('tells a NAT by an address other than the one we see', () => {
    assert.equal(isBehindNat(via('10.0.0.1:5060;rport'), UDP), true);
    assert.equal(isBehindNat(via('192.0.2.7:5060;rport'), UDP), false);
    assert.equal(isBehindNat(via('phone.invalid;rport'), UDP), false);
  });
});
