import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { SipRequest } from '../../sip/message/message.ts';
import { callerIdentity } from './caller-identity.ts';

const FROM = '"Ann" <sip:1001@pbx.example>;tag=1';
const ANONYMOUS = { name: 'Anonymous', sipUri: 'sip:anonymous@anonymous.invalid' };

function request(headers: Record<string, string | string[]>): SipRequest {
  const lines = Object.entries({ From: FROM, ...headers }).flatMap(([name, values]) =>
    [values].flat().map((value) => ({ name, value })),
  );
  return { headers: lines } as unknown as SipRequest;
}

const trusted = (headers: Record<string, string | string[]>) => callerIdentity(request(headers), true);

describe('who calls', () => {
  it('is what From says of anybody, a number where it is one', () => {
    assert.deepEqual(callerIdentity(request({}), false), { name: 'Ann', number: '1001' });
    assert.deepEqual(callerIdentity(request({ From: '<sip:ann:pw@home.example;x=1>;tag=1' }), false), {
      sipUri: 'sip:ann:pw@home.example',
    });
    assert.deepEqual(callerIdentity(request({ From: '<tel:+442079460018;ext=5>' }), false), {
      number: '+442079460018',
    });
    assert.deepEqual(callerIdentity(request({ From: 'nonsense <' }), false), {});
  });

  it('is not what a stranger asserts, nor hidden because he asks for it', () => {
    const headers = { 'P-Asserted-Identity': '<sip:+14155550100@carrier.example>', Privacy: 'id' };
    assert.deepEqual(callerIdentity(request(headers), false), { name: 'Ann', number: '1001' });
  });

  it('is what a trusted gateway asserts: the number of the two that there may be', () => {
    const asserted = '<sip:+14155550100@carrier.example>';
    assert.deepEqual(trusted({ 'P-Asserted-Identity': asserted }), { name: 'Ann', number: '+14155550100' });
    assert.deepEqual(trusted({ 'P-Asserted-Identity': '"Bob" <sip:bob@a.example>, <tel:+14155550101>' }), {
      name: 'Ann',
      number: '+14155550101',
    });
    assert.deepEqual(trusted({ 'P-Asserted-Identity': ['"Bob" <sip:bob@a.example>', 'nonsense <'] }), {
      name: 'Bob',
      sipUri: 'sip:bob@a.example',
    });
  });

  it('has no name where From hides him and the gateway asserts a number that may be shown', () => {
    const From = '"Anonymous" <sip:anonymous@anonymous.invalid>;tag=1';
    const asserted = { From, 'P-Asserted-Identity': '<sip:+14155550100@carrier.example>' };
    assert.deepEqual(trusted(asserted), { number: '+14155550100' });
    assert.deepEqual(callerIdentity(request({ From }), false), ANONYMOUS);
  });

  it('is From where a trusted gateway asserts nothing', () => {
    assert.deepEqual(trusted({}), { name: 'Ann', number: '1001' });
    assert.deepEqual(trusted({ 'P-Asserted-Identity': 'nonsense <' }), { name: 'Ann', number: '1001' });
  });

  it('is nobody where a trusted gateway asks to hide him', () => {
    const headers = { 'P-Asserted-Identity': '<sip:+14155550100@carrier.example>' };
    for (const privacy of ['id', 'ID;critical', 'header; user', 'full'])
      assert.deepEqual(trusted({ ...headers, Privacy: privacy }), ANONYMOUS, privacy);
    for (const privacy of ['none', 'session', ''])
      assert.equal(trusted({ ...headers, Privacy: privacy }).number, '+14155550100', privacy);
  });
});
