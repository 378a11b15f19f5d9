import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { parseNetworks } from '../../lib/ip-address.ts';
import type { SipRequest } from '../../sip/message/message.ts';
import { callingAddress } from './calling-address.ts';

const PROXIES = parseNetworks(['10.0.0.0/8']);
const OURS = 'SIP/2.0/UDP 10.0.0.1;branch=z9hG4bKp';
const CALLER = 'SIP/2.0/UDP 192.168.1.7;received=198.51.100.7;branch=z9hG4bKc';
const FORGED = 'SIP/2.0/UDP 192.0.2.1;branch=z9hG4bKf';

function from(address: string, ...vias: string[]): string {
  const headers = vias.map((value) => ({ name: 'Via', value }));
  return callingAddress({ headers } as unknown as SipRequest, address, PROXIES);
}

describe('where a request came from', () => {
  it('is the packet, whatever Via says, where no proxy of ours sent it', () => {
    assert.equal(from('203.0.113.9', CALLER, FORGED), '203.0.113.9');
  });

  it('is what our proxies saw, over several of them, and no line below', () => {
    assert.equal(from('10.0.0.1', OURS, CALLER, FORGED), '198.51.100.7');
    const edge = 'SIP/2.0/TCP 10.0.0.2;branch=z9hG4bKe';
    assert.equal(from('10.0.0.1', OURS, edge, CALLER, FORGED), '198.51.100.7');
    assert.equal(from('10.0.0.1', `${OURS}, ${CALLER}`, FORGED), '198.51.100.7');
    assert.equal(from('10.0.0.1', OURS, FORGED), '192.0.2.1', 'nothing was received from elsewhere');
  });

  it('is the proxy itself where it says of nobody where he is', () => {
    assert.equal(from('10.0.0.1', OURS), '10.0.0.1');
    assert.equal(from('10.0.0.1', OURS, 'SIP/2.0/UDP pbx.example;branch=z9hG4bKc'), '10.0.0.1');
    assert.equal(from('10.0.0.1', OURS, 'nonsense'), '10.0.0.1');
  });
});
