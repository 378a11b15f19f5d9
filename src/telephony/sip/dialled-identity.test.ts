import assert from 'node:assert/strict';
import { after, before, beforeEach, describe, it } from 'node:test';
import {
  type DialingExchange,
  numberOf,
  startDialingExchange,
  trunk,
} from '../../../test/support/dialing-exchange.ts';
import { type Callees, openCallees } from '../../../test/support/open-callees.ts';
import type { Call } from '../../domain/calls/call.ts';
import type { Credential } from '../../domain/credentials/credential.ts';
import type { Callee } from '../../phone/callee.ts';

const LIMIT_MS = 5_000;
const NUMBER = '+14155550123';

describe('who calls, to a trunk', () => {
  let callees: Callees;
  let operator: Callee;
  let exchange: DialingExchange;
  const credentials: Credential[] = [];

  before(async () => {
    callees = openCallees({ from: 34_600, to: 34_799 });
    operator = await callees.open();
    exchange = await startDialingExchange({ ports: { from: 34_800, to: 34_999 }, credentials });
  });
  beforeEach(() => {
    operator.calls.length = 0;
    credentials.length = 0;
  });
  after(async () => {
    await Promise.all([callees.close(), exchange.close()]);
  });

  const call = () => operator.call(LIMIT_MS, 0);

  it('is our number where the caller has none', async () => {
    credentials.push(trunk('trunk', [operator.port]));
    const dialling = {
      id: 'x',
      orgId: 'org',
      customer: { sipUri: 'sip:ann@home.test', name: 'Ann' },
    } as Call;
    const number = { ...numberOf('bakery'), address: '+4930123456' };
    const leg = await exchange.dial({ type: 'number', number: NUMBER }, { call: dialling, number });
    await leg.answered;
    assert.match((await call()).header('From') ?? '', /<sip:\+4930123456@exchange\.test>/);
    await leg.hangup();
  });

  it("is the trunk's own caller number, unless the request names another", async () => {
    credentials.push({ ...trunk('trunk', [operator.port]), callerNumber: '+4930555000' });
    for (const [callerId, shown] of [[undefined, '+4930555000'] as const, ['101', '101'] as const]) {
      operator.calls.length = 0;
      const leg = await exchange.dial({ type: 'number', number: NUMBER }, callerId ? { callerId } : {});
      await leg.answered;
      assert.equal((await call()).header('P-Asserted-Identity'), `<sip:${shown}@exchange.test>`);
      await leg.hangup();
    }
  });

  it('is hidden where the trunk says so, also from whom it sends the call on to', async () => {
    const second = await callees.open();
    credentials.push({ ...trunk('trunk', [operator.port]), callerNumber: 'anonymous' });
    const contact = { name: 'Contact', value: `<${second.uri('14155550123')}>` };
    operator.manner = { does: 'refuse', status: 302, headers: [contact] };
    const number = { ...numberOf('bakery'), address: '+4930123456' };
    const leg = await exchange.dial({ type: 'number', number: NUMBER }, { number });
    await leg.answered;
    const asked = await call();
    assert.equal(asked.header('P-Asserted-Identity'), '<sip:+4930123456@exchange.test>');
    assert.equal(asked.header('Privacy'), 'id');
    const taken = await second.call(LIMIT_MS, 0);
    for (const { session } of [asked, taken])
      assert.doesNotMatch(JSON.stringify(session.request.headers), /442079460018|"Ann"/);
    assert.match(taken.header('From') ?? '', /^"Anonymous" <sip:anonymous@anonymous\.invalid>/);
    assert.equal(taken.header('P-Asserted-Identity'), undefined);
    await leg.hangup();
  });
});
