import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { setTimeout } from 'node:timers/promises';
import { FORBIDDEN_NUMBERS } from '../support/forbidden-numbers.ts';
import { otherOrgOf } from '../support/other-org.ts';
import {
  type OutboundScene,
  type OutboundView,
  openOutboundScene,
  trunkTo,
} from '../support/outbound-scene.ts';
import { callTo } from '../support/ringing-scene.ts';
import { assistant } from '../support/test-agents.ts';
import { until } from '../support/until.ts';

let scene: OutboundScene;

before(async () => {
  scene = await openOutboundScene();
});
after(() => scene.close());

const NUMBERS = Object.values(FORBIDDEN_NUMBERS).flat();
/** The API takes a destination of 3 to 40 letters and digits, and refuses the rest by itself. */
const WRITABLE = NUMBERS.filter((number) => /^\+?[a-z\d]{3,40}$/i.test(number));
/** What the policy says of a number that it does not let out. */
const REFUSAL = /are not called|belongs to no country/;
/** A call takes twenty commands a second. */
const PACE_MS = 60;
const desk = () => assistant({ firstMessageMode: 'assistant-waits-for-user' });

test("another org's trunk is no way round the policy: not by a SIP URI at its gateway, nor by a name of that", async () => {
  const other = await otherOrgOf(scene.exchange);
  const { id: credentialId } = await other.api<{ id: string }>(
    'POST',
    '/credential',
    trunkTo(9, '127.0.0.9'),
  );
  const number = { provider: 'byo-phone-number', number: '+14155550188', credentialId };
  const { id: phoneNumberId } = await other.api<{ id: string }>('POST', '/phone-number', number);
  const port = scene.operator.port;
  for (const user of ['+88216123456', '+442079460018', '19005550123', '911'])
    for (const host of ['127.0.0.1', 'localhost']) {
      const sipUri = `sip:${user}@${host}:${port}`;
      const order = { phoneNumberId, customer: { sipUri }, assistant: desk() };
      const { id } = await other.api<{ id: string }>('POST', '/call', order);
      const record = await until(`the call to ${sipUri} has ended`, async () => {
        const call = await other.api<OutboundView>('GET', `/call/${id}`);
        return call.status === 'ended' && call;
      });
      assert.equal(record.endedReason, 'call.start.error-fraud-check-failed', sipUri);
    }
  assert.equal(scene.operator.calls.length, 0);
  const home = { phoneNumberId, customer: { sipUri: scene.operator.uri('desk') }, assistant: desk() };
  const { id } = await other.api<{ id: string }>('POST', '/call', home);
  const call = await callTo(scene.operator, 'desk');
  await call.answered;
  await call.hangup();
  await until('it has ended', async () => {
    return (await other.api<OutboundView>('GET', `/call/${id}`)).status === 'ended';
  });
});

test(`none of ${WRITABLE.length} numbers is called by a transfer at the control URL`, async (context) => {
  const id = await scene.order({ customer: { number: '+14155550177' }, assistant: desk() });
  const customer = await callTo(scene.operator, '+14155550177');
  context.after(() => customer.hangup());
  await customer.answered;
  const { controlUrl } = await until('the agent speaks', async () => {
    const call = await scene.call(id);
    return call.status === 'in-progress' && (call.monitor as { controlUrl: string });
  });
  const before = scene.operator.calls.length;
  const transfers = async () => ((await scene.call(id)).artifact as unknown as Artifact).transfers ?? [];
  for (const number of WRITABLE) {
    await setTimeout(PACE_MS);
    const known = (await transfers()).length;
    const destination = { type: 'number', number, numberE164CheckEnabled: false };
    const response = await fetch(controlUrl, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ type: 'transfer', destination, content: '' }),
    });
    assert.equal(response.status, 200, `${number}: ${await response.text()}`);
    const tried = await until(`the transfer to ${number} is over`, async () => {
      const all = await transfers();
      return all.length > known && all.at(-1)?.outcome !== undefined && all;
    });
    const { outcome, detail } = tried.at(-1) ?? {};
    assert.equal(outcome, 'failed', number);
    assert.match(detail ?? '', REFUSAL, number);
  }
  assert.equal(scene.operator.calls.length, before);
  await customer.hangup();
  await scene.ended(id);
});

interface Artifact {
  transfers?: { outcome?: string; detail?: string }[];
}
