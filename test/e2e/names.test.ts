import assert from 'node:assert/strict';
import { after, before, beforeEach, describe, test } from 'node:test';
import { headerValue } from '../../src/sip/message/headers.ts';
import { NameServer } from '../support/name-server.ts';
import { type OutboundScene, openOutboundScene, trunkTo } from '../support/outbound-scene.ts';
import { callTo } from '../support/ringing-scene.ts';
import { assistant } from '../support/test-agents.ts';

/** The port of a trunk whose name leaves it to DNS. */
const USUAL_PORT = 5060;
/** Where nobody listens. */
const DEAD_PORT = 9;
/** A silent server over UDP is given up after 5 s. */
const SECOND_SERVER_LIMIT_MS = 15_000;
/** Nothing was sent to anybody. */
const NO_TRANSPORT = 'call.start.error-get-transport';
const NOWHERE = 'cannot resolve nowhere.test: it has no address';
/** DNS says so at once. */
const NOWHERE_LIMIT_MS = 5_000;

type Json = Record<string, unknown>;

let dns: NameServer;
let scene: OutboundScene;

before(async () => {
  dns = await NameServer.open({});
  scene = await openOutboundScene({ OFFHOOK_SIP_DNS: dns.address });
  const server = (priority: number, target: string, port: number) => ({ priority, weight: 0, port, target });
  const servers = [server(20, 'two.pbx.test', scene.operator.port), server(10, 'one.pbx.test', DEAD_PORT)];
  const naptr = { flags: 's', preference: 10 };
  Object.assign(dns.zone, {
    'pbx.test': {
      NAPTR: [
        { ...naptr, order: 20, service: 'SIP+D2U', replacement: '_sip._udp.pbx.test' },
        { ...naptr, order: 10, service: 'SIP+D2T', replacement: '_sip._tcp.pbx.test' },
      ],
    },
    '_sip._tcp.pbx.test': { SRV: servers },
    '_sip._udp.pbx.test': { SRV: servers },
    'one.pbx.test': { A: ['127.0.0.1'] },
    'two.pbx.test': { A: ['127.0.0.1'] },
  });
});
beforeEach(() => {
  dns.asked.length = 0;
});
after(async () => {
  await scene.close();
  await dns.close();
});

const greeter = () => assistant({ firstMessage: 'Hello.' });

/** Orders a call to a number over a new trunk whose gateway is a name. @returns the call's id */
async function orderOverName(name: string, own: string, number: string, gateway: Json = {}): Promise<string> {
  const trunk = trunkTo(USUAL_PORT, name) as { gateways: [Json] };
  const gateways = [{ ...trunk.gateways[0], ...gateway }];
  const { id: credentialId } = await scene.exchange.api<Json>('POST', '/credential', { ...trunk, gateways });
  const { id: phoneNumberId } = await scene.exchange.api<Json>('POST', '/phone-number', {
    provider: 'byo-phone-number',
    number: own,
    credentialId,
  });
  return scene.order({ phoneNumberId, customer: { number }, assistant: greeter() });
}

/** The transport by which the call that this user got came to it. */
async function transportOfCall(user: string, id: string): Promise<string | undefined> {
  const call = await callTo(scene.operator, user, SECOND_SERVER_LIMIT_MS);
  await call.nextSpurt(10_000);
  await call.hangup();
  assert.equal((await scene.ended(id)).endedReason, 'customer-ended-call');
  return headerValue(call.session.request, 'Via')?.split(' ')[0];
}

describe('a call to a host that stands in DNS', () => {
  test('goes by the transport that NAPTR prefers, and to the second server where the first is dead', async () => {
    const id = await scene.order({ customer: { sipUri: 'sip:desk@pbx.test' }, assistant: greeter() });
    assert.equal(await transportOfCall('desk', id), 'SIP/2.0/TCP');
    assert.ok(dns.asked.includes('NAPTR pbx.test'), dns.asked.join());
    assert.ok(dns.asked.includes('A one.pbx.test'), 'the first server was one of them');
  });

  for (const [protocol, own, number] of [
    ['udp', '+14155550121', '+14155551121'],
    ['tcp', '+14155550122', '+14155551122'],
  ] as const)
    test(`over a trunk goes by ${protocol} as the trunk says, to the second server where the first is dead`, async () => {
      const id = await orderOverName('pbx.test', own, number, { outboundProtocol: protocol });
      assert.equal(await transportOfCall(number, id), `SIP/2.0/${protocol.toUpperCase()}`);
      assert.ok(!dns.asked.includes('NAPTR pbx.test'), 'which leaves NAPTR nothing to choose');
    });

  test('goes to the address of a name that has no services', async () => {
    const sipUri = `sip:plain@two.pbx.test:${scene.operator.port}`;
    const id = await scene.order({ customer: { sipUri }, assistant: greeter() });
    assert.equal(await transportOfCall('plain', id), 'SIP/2.0/UDP');
  });
});

describe('a call to a name that leads nowhere', () => {
  test('ends before anything is sent, and says what has no address', async () => {
    const id = await scene.order({ customer: { sipUri: 'sip:desk@nowhere.test' }, assistant: greeter() });
    const { endedReason, endedMessage } = await scene.ended(id, NOWHERE_LIMIT_MS);
    assert.deepEqual([endedReason, endedMessage], [NO_TRANSPORT, NOWHERE]);
    for (const question of ['NAPTR nowhere.test', 'SRV _sip._tcp.nowhere.test', 'A nowhere.test'])
      assert.ok(dns.asked.includes(question), question);
  });

  test('ends so over a trunk, too', async () => {
    const id = await orderOverName('nowhere.test', '+14155550123', '+14155551123');
    const { endedReason, endedMessage } = await scene.ended(id, NOWHERE_LIMIT_MS);
    assert.deepEqual([endedReason, endedMessage], [NO_TRANSPORT, NOWHERE]);
  });
});
