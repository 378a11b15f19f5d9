import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { silentLogger } from '../../src/lib/logger.ts';
import { createMediaPool } from '../../src/media/media-pool.ts';
import type { MediaPool } from '../../src/media/media-session.ts';
import { Callee } from '../../src/phone/callee.ts';
import { Telephone } from '../../src/phone/telephone.ts';
import { needsIpv6 } from '../support/ipv6.ts';
import { callTo } from '../support/ringing-scene.ts';
import { type RunningExchange, startExchange } from '../support/running-exchange.ts';
import { assistant } from '../support/test-agents.ts';

const HOST = '::1';
/** Ports of the test's telephones, away from the exchange's. */
const PORTS = { from: 31_000, to: 31_999 };
const GREETING_LIMIT_MS = 20_000;

describe('an exchange on an address of IPv6', await needsIpv6(), () => {
  let exchange: RunningExchange;
  let media: MediaPool;
  let phone: Telephone;
  let desk: Callee;

  before(async () => {
    exchange = await startExchange({ OFFHOOK_BIND: HOST, OFFHOOK_EGRESS_ALLOW: '::1/128' });
    media = createMediaPool({ workers: 1, ports: PORTS, logger: silentLogger });
    const options = { bindAddress: HOST, media, logger: silentLogger };
    phone = await Telephone.open(options);
    desk = await Callee.open({ ...options, manner: { does: 'answer' } });
  });
  after(async () => {
    await phone.close();
    await desk.close();
    await exchange.stop();
    await media.close();
  });

  const uriOf = (user: string) => `sip:${user}@[${HOST}]:${exchange.offhook.sipPort}`;
  const from = `sip:+14155550123@[${HOST}]`;

  for (const transport of ['udp', 'tcp'] as const)
    test(`is heard by who calls over ${transport}`, async () => {
      const user = `bakery-${transport}`;
      const { numberId } = await exchange.numberWith(user, assistant({ firstMessage: 'Hello.' }));
      const call = await phone.dial({ uri: `${uriOf(user)};transport=${transport}`, from });
      await call.answered;
      await call.nextSpurt(GREETING_LIMIT_MS);
      await call.hangup();
      const record = await exchange.endedCall(numberId);
      assert.equal(record.endedReason, 'customer-ended-call');
      assert.ok((record.artifact.media?.received ?? 0) > 0, 'and hears who calls');
    });

  test('brings who calls to somebody at another one', async () => {
    const destination = { type: 'sip', sipUri: `sip:desk@[${HOST}]:${desk.port}` };
    const hooks = [{ on: 'call.ringing', do: [{ type: 'transfer', destination }] }];
    const agent = assistant({ firstMessage: 'Hello.' });
    const { numberId } = await exchange.numberWith('forwarded', agent, { hooks });
    const call = await phone.dial({ uri: uriOf('forwarded'), from });
    const reached = await callTo(desk, 'desk');
    await call.answered;
    await call.hangup();
    await reached.whenEnded(5_000);
    const record = await exchange.endedCall(numberId);
    assert.equal(record.endedReason, 'call.ringing.hook-executed-transfer');
  });
});
