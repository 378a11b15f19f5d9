import assert from 'node:assert/strict';
import { afterEach, beforeEach, describe, it } from 'node:test';
import { headerAll, headerValue } from '../message/headers.ts';
import { FakeDns } from '../resolver/fake-dns.ts';
import { ANSWER, OFFER, RawPeer, TestAgent } from './test-support.ts';

/** Where the requests are for: nobody is there, and no name server knows it. */
const ELSEWHERE = 'sip:bob@elsewhere.test';

describe('an outbound proxy', () => {
  let proxy: RawPeer;
  let agent: TestAgent;

  beforeEach(async () => {
    proxy = await RawPeer.open(0);
    agent = await TestAgent.start({ dns: new FakeDns({}), outboundProxy: `sip:127.0.0.1:${proxy.port}` });
    proxy.target(agent.userAgent.udpPort);
  });

  afterEach(async () => {
    proxy.close();
    await agent.close();
  });

  const route = () => `<sip:127.0.0.1:${proxy.port};lr>`;

  it('takes an INVITE with its Route, the CANCEL likewise, whatever place the INVITE was for', async () => {
    const calling = agent.userAgent.invite({
      uri: ELSEWHERE,
      from: { uri: 'sip:alice@127.0.0.1' },
      sdp: OFFER,
      destination: { protocol: 'udp', address: '192.0.2.1', port: 5060 },
    });
    const invite = await proxy.awaitRequest('INVITE');
    assert.equal(invite.rawUri, ELSEWHERE);
    assert.deepEqual(headerAll(invite, 'Route'), [route()]);
    proxy.respond(invite, 180, { toTag: 'bob', extra: ['Contact: <sip:bob@192.0.2.1>'] });
    await new Promise((resolve) => calling.provisionals.on(resolve));
    calling.cancel();
    const cancel = await proxy.awaitRequest('CANCEL');
    assert.deepEqual(headerAll(cancel, 'Route'), [route()]);
    proxy.respond(cancel, 200);
    proxy.respond(invite, 487, { toTag: 'bob' });
    await assert.rejects(calling.answered, { status: 487 });
  });

  it('stays in the way of a call only where it has recorded its route', async () => {
    const calling = agent.userAgent.invite({
      uri: ELSEWHERE,
      from: { uri: 'sip:alice@127.0.0.1' },
      sdp: OFFER,
    });
    const invite = await proxy.awaitRequest('INVITE');
    const extra = ['Contact: <sip:bob@192.0.2.1>', `Record-Route: <sip:127.0.0.1:${proxy.port};lr;x=1>`];
    proxy.respond(invite, 200, { toTag: 'bob', extra, body: ANSWER });
    await calling.answered;
    assert.deepEqual(headerAll(await proxy.awaitRequest('ACK'), 'Route'), [
      `<sip:127.0.0.1:${proxy.port};lr;x=1>`,
    ]);
    void calling.bye();
    const bye = await proxy.awaitRequest('BYE');
    assert.equal(bye.rawUri, 'sip:bob@192.0.2.1');
    proxy.respond(bye, 200);
  });

  it('takes what is outside of calls, registrations too', async () => {
    const ping = agent.userAgent.request({
      method: 'OPTIONS',
      uri: ELSEWHERE,
      from: { uri: 'sip:a@b.test' },
    });
    const options = await proxy.awaitRequest('OPTIONS');
    assert.equal(headerValue(options, 'Route'), route());
    proxy.respond(options, 200);
    assert.equal((await ping).status, 200);
    const registration = agent.userAgent.register({
      registrar: 'sip:elsewhere.test',
      aor: ELSEWHERE,
      contactUser: 'trunk',
    });
    const register = await proxy.awaitRequest('REGISTER');
    assert.equal(headerValue(register, 'Route'), route());
    proxy.respond(register, 200);
    await new Promise((resolve) => registration.changed.on(resolve));
    assert.equal(registration.state, 'registered');
  });

  it('is not asked for a call to ourselves', async () => {
    const calling = agent.userAgent.invite({
      uri: 'sip:line@elsewhere.test',
      from: { uri: 'sip:alice@127.0.0.1' },
      sdp: OFFER,
      destination: { protocol: 'udp', address: '127.0.0.1', port: agent.userAgent.udpPort },
    });
    (await agent.session()).reject(486);
    await assert.rejects(calling.answered, { status: 486 });
    assert.equal(proxy.received.length, 0);
  });

  it('must be a SIP URI', async () => {
    await assert.rejects(TestAgent.start({ outboundProxy: 'proxy.test' }), { name: 'TypeError' });
  });
});
