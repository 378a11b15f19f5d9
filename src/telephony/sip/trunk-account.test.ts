import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { type DialingExchange, startDialingExchange, trunk } from '../../../test/support/dialing-exchange.ts';
import { Secret } from '../../lib/secret.ts';
import { headerValue } from '../../sip/message/headers.ts';
import { RawPeer } from '../../sip/session/test-support.ts';

/** Long enough for a request that must not come to have come, in milliseconds. */
const QUIET_MS = 60;
const ANSWER =
  'v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\nm=audio 9 RTP/AVP 0\r\n';
const DIALLED = { type: 'number' as const, number: '+14155550123', e164CheckEnabled: true };

describe('the account of a trunk that names its realm', () => {
  let exchange: DialingExchange;
  let gateway: RawPeer;

  before(async () => {
    gateway = await RawPeer.open(0);
    const plan = {
      authUsername: 'me',
      authPassword: new Secret('pw'),
      sipRegisterPlan: { realm: 'carrier.example' },
    };
    exchange = await startDialingExchange({
      ports: { from: 38_200, to: 38_299 },
      credentials: [{ ...trunk('trunk', [gateway.port]), outboundAuthenticationPlan: plan }],
    });
    gateway.target(exchange.port);
  });
  after(async () => {
    gateway.close();
    await exchange.close();
  });

  const challenge = (realm: string) => [
    `Proxy-Authenticate: Digest realm="${realm}", nonce="n", qop="auth", algorithm=MD5`,
  ];

  it('is told to nobody who challenges a call for another realm', async () => {
    const leg = await exchange.dial(DIALLED);
    gateway.respond(await gateway.awaitRequest('INVITE'), 407, { extra: challenge('stranger.example') });
    await assert.rejects(leg.answered, { status: 407 });
    assert.equal(gateway.requests('INVITE').length, 1);
  });

  it('is told to its own realm, and to no other one within the call', async () => {
    const leg = await exchange.dial(DIALLED);
    gateway.respond(await gateway.awaitRequest('INVITE', 1), 407, { extra: challenge('carrier.example') });
    const invite = await gateway.awaitRequest('INVITE', 2);
    assert.match(headerValue(invite, 'Proxy-Authorization') ?? '', /username="me", realm="carrier\.example"/);
    const extra = [`Contact: <sip:x@127.0.0.1:${gateway.port}>`];
    gateway.respond(invite, 200, { toTag: 'x', extra, body: ANSWER });
    await leg.answered;
    void leg.hangup();
    gateway.respond(await gateway.awaitRequest('BYE'), 407, { extra: challenge('stranger.example') });
    await new Promise((resolve) => setTimeout(resolve, QUIET_MS));
    assert.equal(gateway.requests('BYE').length, 1);
  });
});
