import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { silentLogger } from '../../src/lib/logger.ts';
import { createMediaPool } from '../../src/media/media-pool.ts';
import type { MediaPool } from '../../src/media/media-session.ts';
import { Callee } from '../../src/phone/callee.ts';
import { Telephone } from '../../src/phone/telephone.ts';
import { needsIpv6 } from '../support/ipv6.ts';
import { NameServer } from '../support/name-server.ts';
import { RawCaller } from '../support/raw-caller.ts';
import { callTo } from '../support/ringing-scene.ts';
import { type RunningExchange, startExchange } from '../support/running-exchange.ts';
import { assistant } from '../support/test-agents.ts';
import { makeTrunk, makeTrunkNumber, trunkOf } from '../support/trunk-scene.ts';
import { UdpRegistrar } from '../support/udp-registrar.ts';
import { until } from '../support/until.ts';

/** Ports of the test's telephones, away from the exchange's. */
const PORTS = { from: 30_000, to: 30_999 };
const GREETING_LIMIT_MS = 20_000;

describe('a trunk whose name stands for addresses of IPv6', await needsIpv6(), () => {
  let dns: NameServer;
  let exchange: RunningExchange;
  let media: MediaPool;
  let assistantId: string;

  before(async () => {
    dns = await NameServer.open({});
    exchange = await startExchange({
      OFFHOOK_BIND: '::',
      OFFHOOK_SIP_DNS: dns.address,
      OFFHOOK_EGRESS_ALLOW: '::1/128,127.0.0.0/8',
    });
    media = createMediaPool({ workers: 1, ports: PORTS, logger: silentLogger });
    const agent = assistant({ firstMessage: 'Hello.' });
    assistantId = (await exchange.api<{ id: string }>('POST', '/assistant', agent)).id;
  });
  after(async () => {
    await exchange.stop();
    await media.close();
    await dns.close();
  });

  /** Has the agent call a number by the trunk of this name, and says from where it did and where it wants its audio. */
  async function reachedBy(desk: Callee, name: string, own: string, number: string) {
    const gateway = { ip: name, port: desk.port, inboundEnabled: false, outboundProtocol: 'tcp' };
    const credential = { outboundLeadingPlusEnabled: true };
    const credentialId = await makeTrunk(exchange, { gateways: [gateway], credential });
    const body = { provider: 'byo-phone-number', credentialId, number: own };
    const { id: phoneNumberId } = await exchange.api<{ id: string }>('POST', '/phone-number', body);
    const order = { phoneNumberId, assistantId, customer: { number } };
    const { id } = await exchange.api<{ id: string }>('POST', '/call', order);
    const call = await callTo(desk, number);
    await call.nextSpurt(GREETING_LIMIT_MS);
    await call.hangup();
    assert.equal((await exchange.ended(id)).endedReason, 'customer-ended-call');
    return {
      from: call.session.source.address,
      audio: /^c=IN (.*?)\r?$/m.exec(call.session.offer ?? '')?.[1],
    };
  }

  const openDesk = (bindAddress: string) =>
    Callee.open({ bindAddress, media, logger: silentLogger, manner: { does: 'answer' } });

  test('is called there', async (context) => {
    const desk = await openDesk('::1');
    context.after(() => desk.close());
    dns.zone['six.test'] = { AAAA: ['::1'] };
    const reached = await reachedBy(desk, 'six.test', '+14155550131', '+14155551131');
    assert.deepEqual(reached, { from: '::1', audio: 'IP6 ::1' });
  });

  test('and of IPv4 is called at those where the first are dead, with its audio there as well', async (context) => {
    const desk = await openDesk('127.0.0.1');
    context.after(() => desk.close());
    dns.zone['both.test'] = { AAAA: ['::1'], A: ['127.0.0.1'] };
    const reached = await reachedBy(desk, 'both.test', '+14155550132', '+14155551132');
    assert.deepEqual(reached, { from: '127.0.0.1', audio: 'IP4 127.0.0.1' });
  });

  test('is known by them while it is registered there, and nobody else is', async (context) => {
    const registrar = await UdpRegistrar.open('::1');
    const phone = await Telephone.open({ bindAddress: '::1', media, logger: silentLogger });
    context.after(() => Promise.all([registrar.close(), phone.close()]));
    const { port } = registrar;
    dns.zone['_sip._udp.carrier.test'] = {
      SRV: [{ priority: 1, weight: 0, port, target: 'sbc.carrier.test' }],
    };
    dns.zone['sbc.carrier.test'] = { AAAA: ['::1'] };
    const plan = { authUsername: 'ann', authPassword: 'secret', sipRegisterPlan: { domain: 'carrier.test' } };
    const trunkId = await makeTrunk(exchange, {
      gateways: [{ ip: 'carrier.test', inboundEnabled: false }],
      credential: { outboundAuthenticationPlan: plan },
    });
    const number = '+14155550133';
    const numberId = await makeTrunkNumber(exchange, trunkId, { number, assistantId });
    await until('the trunk is registered', async () => {
      const { registration } = await trunkOf(exchange, trunkId);
      return registration?.state === 'registered';
    });
    const uri = `sip:${number}@[::1]:${exchange.offhook.sipPort}`;
    const call = await phone.dial({ uri, from: 'sip:+14155550199@[::1]' });
    await call.answered;
    await call.nextSpurt(GREETING_LIMIT_MS);
    await call.hangup();
    assert.equal((await exchange.endedCall(numberId)).endedReason, 'customer-ended-call');
    const stranger = await RawCaller.open(exchange.offhook.sipPort);
    context.after(() => stranger.close());
    assert.equal((await stranger.invite(exchange.uri(number))).status, 403);
    const { callsIn, strangersRefused } = await trunkOf(exchange, trunkId);
    assert.deepEqual([callsIn, strangersRefused], [1, 1]);
  });
});
