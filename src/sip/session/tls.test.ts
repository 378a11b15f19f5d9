import assert from 'node:assert/strict';
import { afterEach, beforeEach, describe, it } from 'node:test';
import { CA, CERT, KEY } from '../../../test/support/test-certificate.ts';
import { headerValue, topVia } from '../message/headers.ts';
import type { SipMessage } from '../message/message.ts';
import { FakeDns } from '../resolver/fake-dns.ts';
import type { InviteServerSession } from './session.ts';
import { ANSWER, OFFER, TestAgent, until } from './test-support.ts';
import type { UserAgentOptions } from './user-agent.ts';

const EVERYWHERE_HERE = new FakeDns({
  addresses: { 'exchange.test': ['127.0.0.1'], 'elsewhere.test': ['127.0.0.1'] },
});
const LISTENING = { tls: { port: 0, cert: CERT, key: KEY } };

describe('a call over TLS', () => {
  let bob: TestAgent;
  const callers: TestAgent[] = [];

  beforeEach(async () => {
    bob = await TestAgent.start(LISTENING);
  });

  afterEach(async () => {
    for (const agent of [...callers.splice(0), bob]) await agent.close();
  });

  async function caller(options: Partial<UserAgentOptions> = { ca: CA }): Promise<TestAgent> {
    const agent = await TestAgent.start(options);
    callers.push(agent);
    return agent;
  }

  function dial(agent: TestAgent, uri: string) {
    return agent.userAgent.invite({ uri, from: { uri: 'sip:alice@127.0.0.1' }, sdp: OFFER });
  }

  async function connect(agent: TestAgent, uri: string) {
    const calling = dial(agent, uri);
    const callee = await bob.session();
    const [, response] = await Promise.all([callee.accept(ANSWER), calling.answered]);
    return { calling, callee, response };
  }

  const contact = (message: SipMessage) => headerValue(message, 'Contact');
  const viaOf = ({ request }: InviteServerSession) => topVia(request);

  it('says TLS in Via and Contact, whose port is that of TLS', async () => {
    const alice = await caller({ ...LISTENING, ca: CA });
    const { callee, response } = await connect(alice, bob.uri('tls'));
    assert.equal(callee.source.protocol, 'tls');
    assert.equal(viaOf(callee)?.transport, 'TLS');
    assert.equal(viaOf(callee)?.port, alice.userAgent.tlsPort);
    const { tlsPort } = bob.userAgent;
    assert.equal(contact(response), `<sip:bob@127.0.0.1:${tlsPort};transport=tls>`);
    assert.equal(contact(callee.request), `<sip:alice@127.0.0.1:${alice.userAgent.tlsPort};transport=tls>`);
  });

  it('to a SIPS URI has SIPS Contacts on both sides (RFC 3261 section 12.1.1)', async () => {
    const alice = await caller({ ...LISTENING, ca: CA });
    const { callee, response } = await connect(alice, `sips:bob@127.0.0.1:${bob.userAgent.tlsPort}`);
    assert.equal(callee.request.rawUri, `sips:bob@127.0.0.1:${bob.userAgent.tlsPort}`);
    assert.equal(contact(response), `<sips:bob@127.0.0.1:${bob.userAgent.tlsPort}>`);
    assert.equal(contact(callee.request), `<sips:alice@127.0.0.1:${alice.userAgent.tlsPort}>`);
    await callee.bye();
    assert.equal(alice.userAgent.sessionCount + bob.userAgent.sessionCount, 0);
  });

  for (const side of ['caller', 'callee'] as const) {
    it(`is ended by the ${side} on the caller's own connection, where the caller has no listener`, async () => {
      const alice = await caller();
      assert.equal(alice.userAgent.tlsPort, 0);
      const { calling, callee } = await connect(alice, bob.uri('tls'));
      assert.equal(contact(callee.request), '<sip:alice@127.0.0.1;transport=tls>');
      await (side === 'caller' ? calling.bye() : callee.bye());
      assert.equal(alice.userAgent.sessionCount + bob.userAgent.sessionCount, 0);
      await until(() => bob.ends[0]?.length === 1, 'the end at the callee');
    });
  }

  it('goes on over the proved connection where the Contact has a name that the certificate does not', async () => {
    await bob.close();
    bob = await TestAgent.start({ ...LISTENING, publicHost: 'elsewhere.test' });
    const alice = await caller({ ca: CA, dns: EVERYWHERE_HERE });
    const { calling } = await connect(alice, `sips:bob@exchange.test:${bob.userAgent.tlsPort}`);
    await calling.bye();
    assert.deepEqual(bob.ends, [[{ by: 'peer' }]]);
  });

  it('is not made to a certificate from an authority that the caller does not trust', async () => {
    const alice = await caller({});
    await assert.rejects(dial(alice, bob.uri('tls')).answered, {
      status: 503,
      message: /unable to verify|self.signed/,
    });
    assert.equal(bob.sessions.length, 0);
  });

  it('is not made to a certificate that bears another name, whatever connection there is', async () => {
    const alice = await caller({ ca: CA, dns: EVERYWHERE_HERE });
    await connect(alice, `sips:bob@exchange.test:${bob.userAgent.tlsPort}`);
    const calling = dial(alice, `sips:bob@elsewhere.test:${bob.userAgent.tlsPort}`);
    await assert.rejects(calling.answered, { status: 503, message: /does not match certificate's altnames/ });
    assert.equal(bob.sessions.length, 1);
  });
});
