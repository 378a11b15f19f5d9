import assert from 'node:assert/strict';
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { afterEach, beforeEach, describe, it } from 'node:test';
import { headerValue } from '../message/headers.ts';
import type { SipRequest } from '../message/message.ts';
import { parseMessage } from '../message/parser.ts';
import { createResponse } from '../message/response.ts';
import { serialize } from '../message/serializer.ts';
import type { InviteClientSession } from './session.ts';
import { ANSWER, OFFER, RawPeer, TestAgent, until } from './test-support.ts';

/** Long enough for a request that must not come to have come. */
const QUIET_MS = 60;

const challenge = (realm: string, header = 'WWW-Authenticate') =>
  `${header}: Digest realm="${realm}", nonce="n", qop="auth"`;

let agent: TestAgent;
let peer: RawPeer;

beforeEach(async () => {
  agent = await TestAgent.start();
  peer = await RawPeer.open(agent.userAgent.udpPort);
});

afterEach(async () => {
  peer.close();
  await agent.close();
});

/** Challenges an INVITE for one realm after the other, and says what the next one bears. */
describe('the account of an INVITE, where the peer challenges that', () => {
  function call(realm?: string): InviteClientSession {
    return agent.userAgent.invite({
      uri: `sip:bob@127.0.0.1:${peer.port}`,
      from: { uri: 'sip:alice@127.0.0.1' },
      sdp: OFFER,
      credentials: { username: 'alice', password: 'secret', ...(realm !== undefined && { realm }) },
    });
  }
  const challenged = async (count: number, status: number, extra: string[]) =>
    peer.respond(await peer.awaitRequest('INVITE', count), status, { extra });
  const realmsOf = (request: SipRequest) =>
    request.headers
      .filter(({ name }) => /authorization$/i.test(name))
      .map(({ value }) => /realm="([^"]*)"/.exec(value)?.[1]);

  it('is not told to another realm than the one that it is for', async () => {
    const calling = call('trunk');
    await challenged(0, 401, [challenge('other')]);
    await assert.rejects(calling.answered, { status: 401 });
    assert.equal(peer.requests('INVITE').length, 1);
  });

  it('is told to one realm alone where none is named: the first that asks, and nobody beyond it', async () => {
    const calling = call();
    await challenged(0, 407, [challenge('trunk', 'Proxy-Authenticate')]);
    await challenged(1, 401, [challenge('other')]);
    await assert.rejects(calling.answered, { status: 401 });
    assert.deepEqual(peer.requests('INVITE').map(realmsOf), [[], ['trunk']]);
  });

  it('is told to the first of several realms that ask at once', async () => {
    const calling = call();
    await challenged(0, 401, [challenge('trunk'), challenge('other')]);
    assert.deepEqual(realmsOf(await peer.awaitRequest('INVITE', 1)), ['trunk']);
    calling.cancel();
  });

  it('is told to a proxy and to the server behind it that share a realm', async () => {
    const calling = call();
    await challenged(0, 407, [challenge('trunk', 'Proxy-Authenticate')]);
    await challenged(1, 401, [challenge('trunk')]);
    assert.deepEqual(realmsOf(await peer.awaitRequest('INVITE', 2)), ['trunk', 'trunk']);
    calling.cancel();
  });
});

/** A peer that our account is for, and what it may and may not learn of it once the call is up. */
describe("the account of an INVITE, where the peer challenges our BYE (FreeSWITCH's CVE-2021-41158)", () => {
  /** Calls the peer, which challenges the INVITE for the realm, if any, and answers with this Contact. */
  async function call(realm: string | undefined, contact?: string): Promise<InviteClientSession> {
    const calling = agent.userAgent.invite({
      uri: `sip:bob@127.0.0.1:${peer.port}`,
      from: { uri: 'sip:alice@127.0.0.1' },
      sdp: OFFER,
      credentials: { username: 'alice', password: 'secret' },
    });
    if (realm !== undefined) {
      peer.respond(await peer.awaitRequest('INVITE'), 401, { extra: [challenge(realm)] });
    }
    const invite = await peer.awaitRequest('INVITE', realm === undefined ? 0 : 1);
    const extra = [`Contact: <${contact ?? `sip:bob@127.0.0.1:${peer.port}`}>`];
    peer.respond(invite, 200, { toTag: 'bob', extra, body: ANSWER });
    await calling.answered;
    return calling;
  }

  async function challengeBye(calling: InviteClientSession, realm: string): Promise<void> {
    void calling.bye();
    peer.respond(await peer.awaitRequest('BYE'), 401, { extra: [challenge(realm)] });
    await new Promise((resolve) => setTimeout(resolve, QUIET_MS));
  }

  it('is told again to the realm that the INVITE was challenged for', async () => {
    await challengeBye(await call('trunk'), 'trunk');
    const second = await peer.awaitRequest('BYE', 1);
    assert.match(headerValue(second, 'Authorization') ?? '', /realm="trunk"/);
  });

  it('is not told to who did not ask for it when it was called', async () => {
    await challengeBye(await call(undefined), 'trunk');
    assert.equal(peer.requests('BYE').length, 1);
    assert.equal(agent.userAgent.sessionCount, 0);
  });

  it('is not told to another realm', async () => {
    await challengeBye(await call('trunk'), 'other');
    assert.equal(peer.requests('BYE').length, 1);
  });

  it('is not told to another host that the Contact names, though it knows the realm', async () => {
    const stranger = createSocket('udp4').bind(0, '127.0.0.2');
    await once(stranger, 'listening');
    const byes: SipRequest[] = [];
    stranger.on('message', (datagram, from) => {
      const parsed = parseMessage(datagram);
      assert.ok(parsed.ok && parsed.message.kind === 'request');
      if (parsed.message.method !== 'BYE') return;
      byes.push(parsed.message);
      const headers = [{ name: 'WWW-Authenticate', value: challenge('trunk').slice(18) }];
      stranger.send(serialize(createResponse(parsed.message, 401, { headers })), from.port, from.address);
    });
    try {
      const calling = await call('trunk', `sip:bob@127.0.0.2:${stranger.address().port}`);
      void calling.bye();
      await until(() => byes.length > 0, 'a BYE');
      await new Promise((resolve) => setTimeout(resolve, QUIET_MS));
      assert.equal(byes.length, 1);
      assert.equal(headerValue(byes[0] as SipRequest, 'Authorization'), undefined);
    } finally {
      stranger.close();
    }
  });
});
