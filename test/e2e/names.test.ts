import assert from 'node:assert/strict';
import { after, before, beforeEach, describe, test } from 'node:test';
import { silentLogger } from '../../src/lib/logger.ts';
import { Callee } from '../../src/phone/callee.ts';
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
});
beforeEach(() => {
  dns.asked.length = 0;
});
after(async () => {
  await scene.close();
  await dns.close();
});

/** Gives a domain two servers for UDP and TCP, the operator behind this one, and prefers TCP. */
function addDomain(domain: string, first: { address: string; port: number }): void {
  const server = (priority: number, target: string, port: number) => ({ priority, weight: 0, port, target });
  const naptr = { flags: 's', preference: 10 };
  const servers = [server(20, `two.${domain}`, scene.operator.port), server(10, `one.${domain}`, first.port)];
  Object.assign(dns.zone, {
    [domain]: {
      NAPTR: [
        { ...naptr, order: 20, service: 'SIP+D2U', replacement: `_sip._udp.${domain}` },
        { ...naptr, order: 10, service: 'SIP+D2T', replacement: `_sip._tcp.${domain}` },
      ],
    },
    [`_sip._tcp.${domain}`]: { SRV: servers },
    [`_sip._udp.${domain}`]: { SRV: servers },
    [`one.${domain}`]: { A: [first.address] },
    [`two.${domain}`]: { A: ['127.0.0.1'] },
  });
}

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
    addDomain('pbx.test', { address: '127.0.0.21', port: DEAD_PORT });
    const id = await scene.order({ customer: { sipUri: 'sip:desk@pbx.test' }, assistant: greeter() });
    assert.equal(await transportOfCall('desk', id), 'SIP/2.0/TCP');
    assert.ok(dns.asked.includes('NAPTR pbx.test'), dns.asked.join());
  });

  // A server that failed is tried last for a while: each of these has a first one of its own.
  for (const [protocol, address, own, number] of [
    ['udp', '127.0.0.22', '+14155550121', '+14155551121'],
    ['tcp', '127.0.0.23', '+14155550122', '+14155551122'],
  ] as const)
    test(`over a trunk goes by ${protocol} as the trunk says, to the second server where the first is dead`, async () => {
      addDomain(`${protocol}.test`, { address, port: DEAD_PORT });
      const id = await orderOverName(`${protocol}.test`, own, number, { outboundProtocol: protocol });
      assert.equal(await transportOfCall(number, id), `SIP/2.0/${protocol.toUpperCase()}`);
      assert.ok(!dns.asked.includes(`NAPTR ${protocol}.test`), 'which leaves NAPTR nothing to choose');
    });

  test('asks the server of the lowest priority number first, and the next one where it is overloaded', async (context) => {
    const overloaded = await Callee.open({
      bindAddress: '127.0.0.1',
      media: scene.phone.media,
      logger: silentLogger,
      manner: { does: 'refuse', status: 503 },
    });
    context.after(() => overloaded.close());
    addDomain('busy.test', { address: '127.0.0.1', port: overloaded.port });
    const id = await scene.order({ customer: { sipUri: 'sip:second@busy.test' }, assistant: greeter() });
    assert.equal(await transportOfCall('second', id), 'SIP/2.0/TCP');
    assert.equal(overloaded.calls.length, 1);
  });

  test('goes to the address of a name that stands with a port, whose services are not asked for', async () => {
    dns.zone['plain.test'] = { A: ['127.0.0.1'] };
    const sipUri = `sip:plain@plain.test:${scene.operator.port}`;
    const id = await scene.order({ customer: { sipUri }, assistant: greeter() });
    assert.equal(await transportOfCall('plain', id), 'SIP/2.0/UDP');
    assert.deepEqual(
      dns.asked.filter((question) => question.includes('plain.test') && /^(NAPTR|SRV)/.test(question)),
      [],
    );
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
