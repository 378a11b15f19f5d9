import assert from 'node:assert/strict';
import { after, afterEach, before, beforeEach, describe, it } from 'node:test';
import {
  type DialingExchange,
  numberOf,
  OWN_DOMAIN,
  startDialingExchange,
  trunk,
} from '../../../test/support/dialing-exchange.ts';
import { type Callees, openCallees } from '../../../test/support/open-callees.ts';
import type { PhoneNumber } from '../../domain/numbers/number.ts';
import type { Leg } from '../../flow/leg.ts';
import type { Callee } from '../../phone/callee.ts';
import type { SipOutboundLeg } from './sip-outbound-leg.ts';

const LIMIT_MS = 5_000;
const DIALLED = '+14155550123';
const ON_TRUNK: PhoneNumber = {
  ...numberOf('on-trunk'),
  carrier: 'trunk',
  credentialId: 'trunk',
  address: '+14155550188',
};
const ON_NONE: PhoneNumber = { ...numberOf('on-none'), address: '+14155550199' };

describe('a telephone number at a host of ours', () => {
  let callees: Callees;
  let gateway: Callee;
  let exchange: DialingExchange;
  const inbound: string[] = [];
  const legs: SipOutboundLeg[] = [];

  before(() => {
    callees = openCallees({ from: 38_000, to: 38_099 });
  });
  beforeEach(async () => {
    gateway = await callees.open();
    inbound.length = 0;
    exchange = await startDialingExchange({
      ports: { from: 38_100, to: 38_199 },
      credentials: [trunk('trunk', [gateway.port])],
      numbers: [ON_TRUNK, ON_NONE],
      outbound: { allowedPrefixes: ['+1415'] },
      receive: async (leg: Leg) => {
        inbound.push(leg.dialled);
        await leg.answer();
      },
    });
  });
  afterEach(async () => {
    await Promise.all(legs.splice(0).map((leg) => leg.hangup()));
    await exchange.close();
  });
  after(() => callees.close());

  async function dial(sipUri: string, request: Parameters<DialingExchange['dial']>[1] = {}): Promise<void> {
    const leg = await exchange.dial({ type: 'sip', sipUri, sipHeaders: { 'X-Ticket': '42' } }, request);
    legs.push(leg);
    await leg.answered;
  }
  const refused = (dialled: Promise<void>, message: RegExp) =>
    assert.rejects(dialled, { name: 'DialError', outcome: 'refused', message });

  it('is called over the trunk, by name or by address, with the headers of the destination', async () => {
    await dial(`sip:${DIALLED}@${OWN_DOMAIN}`);
    await dial(`sip:${DIALLED}@127.0.0.1:${exchange.port}`);
    for (const index of [0, 1]) {
      const taken = await gateway.call(LIMIT_MS, index);
      assert.equal(taken.header('X-Ticket'), '42');
      assert.match(taken.header('To') ?? '', /\+14155550123@/);
    }
    assert.deepEqual(inbound, []);
  });

  it('is called over the trunk also where it is one of ours that takes calls of its trunk alone', async () => {
    await dial(`sip:${ON_TRUNK.address}@${OWN_DOMAIN}`);
    await gateway.call(LIMIT_MS, 0);
    assert.deepEqual(inbound, []);
  });

  it('reaches the number of ours that takes calls from anywhere', async () => {
    await dial(`sip:${ON_NONE.address}@${OWN_DOMAIN}`);
    assert.deepEqual(inbound, [ON_NONE.address]);
    assert.equal(gateway.calls.length, 0);
  });

  it('is refused where it is the one that the call is for, and where the org may not call it', async () => {
    const sipUri = `sip:${ON_TRUNK.address}@${OWN_DOMAIN}`;
    await refused(dial(sipUri, { number: ON_TRUNK }), /loops back to the same number/);
    await refused(dial(`sip:+442079460018@${OWN_DOMAIN}`), /not among those allowed/);
    assert.equal(gateway.calls.length, 0);
  });

  it('leaves a dialog that is to be replaced, and what is at another port, to whoever is there', async () => {
    await dial(`sip:${DIALLED}@127.0.0.1:${gateway.port}`);
    await gateway.call(LIMIT_MS, 0);
    const replaces = 'gone;to-tag=a;from-tag=b';
    await assert.rejects(dial(`sip:${DIALLED}@${OWN_DOMAIN}`, { replaces }), {
      outcome: 'failed',
      status: 481,
    });
    assert.equal(gateway.calls.length, 1);
  });

  it('is not what somebody else is asked to call, who would call us', async () => {
    const judge = (user: string | undefined) => {
      const destination = { type: 'sip' as const, sipUri: `sip:${user}@${OWN_DOMAIN}` };
      return exchange.judgeReferral({ number: undefined, destination });
    };
    await refused(judge(DIALLED), /this exchange itself/);
    await judge(ON_NONE.address);
  });
});
