import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect, createServer, type Socket } from 'node:net';
import { afterEach, beforeEach, describe, it } from 'node:test';
import { FakeClock } from '../../lib/fake-clock.ts';
import { ANSWER, OFFER, TestAgent, until } from './test-support.ts';

/** A peer that is nothing but a TCP socket. */
class RawStream {
  readonly socket: Socket;
  text = '';

  constructor(port: number) {
    this.socket = connect({ port, host: '127.0.0.1', noDelay: true });
    this.socket.on('error', () => {});
    this.socket.on('data', (chunk) => {
      this.text += chunk.toString();
    });
  }

  request(method: string, branch: string, body = ''): string {
    return [
      `${method} sip:bob@127.0.0.1;transport=tcp SIP/2.0`,
      `Via: SIP/2.0/TCP 127.0.0.1:${this.socket.localPort};branch=z9hG4bK${branch}`,
      'Max-Forwards: 70',
      'From: <sip:raw@127.0.0.1>;tag=raw',
      'To: <sip:bob@127.0.0.1>',
      `Call-ID: ${branch}`,
      `CSeq: 1 ${method}`,
      `Contact: <sip:raw@127.0.0.1:${this.socket.localPort};transport=tcp>`,
      ...(body ? ['Content-Type: application/sdp'] : []),
      `Content-Length: ${body.length}`,
      '',
      body,
    ].join('\r\n');
  }

  count(pattern: RegExp): number {
    return this.text.match(pattern)?.length ?? 0;
  }
}

describe('a TCP stream', () => {
  let agent: TestAgent;
  let clock: FakeClock;
  let raw: RawStream;

  beforeEach(async () => {
    clock = new FakeClock();
    agent = await TestAgent.start({ clock });
    raw = new RawStream(agent.userAgent.tcpPort);
    await once(raw.socket, 'connect');
  });

  afterEach(async () => {
    raw.socket.destroy();
    await agent.close();
  });

  it('may be cut at every byte', async () => {
    const text = raw.request('OPTIONS', 'cut');
    for (let at = 1; at < text.length; at += 1) {
      raw.socket.write(text.slice(0, at));
      // In two segments: the first is read before the second is sent.
      await new Promise((resolve) => setImmediate(resolve));
      raw.socket.write(text.slice(at));
      await until(() => raw.count(/SIP\/2\.0 200/g) === at, `the answer of the one cut at ${at}`);
    }
  });

  it('may come byte by byte', async () => {
    for (const byte of raw.request('INVITE', 'bytes', OFFER)) {
      raw.socket.write(byte);
      await new Promise((resolve) => setImmediate(resolve));
    }
    assert.equal((await agent.session()).offer, OFFER);
  });

  it('may have two messages, and a part of a third, in one segment', async () => {
    const third = raw.request('OPTIONS', 'third');
    raw.socket.write(
      `${raw.request('OPTIONS', 'first')}${raw.request('INVITE', 'second', OFFER)}${third.slice(0, 40)}`,
    );
    assert.equal((await agent.session()).offer, OFFER);
    await until(() => raw.count(/SIP\/2\.0 200/g) === 1, 'the answer to the first alone');
    raw.socket.write(third.slice(40));
    await until(() => raw.count(/SIP\/2\.0 200/g) === 2, 'the third');
  });

  it('is answered in its order, its ping behind two messages too', async () => {
    for (const piece of raw.request('OPTIONS', 'pieces').match(/[\s\S]{1,7}/g) ?? []) {
      raw.socket.write(piece);
      await new Promise((resolve) => setImmediate(resolve));
    }
    await until(() => raw.text.includes('branch=z9hG4bKpieces'), 'the first answer');
    raw.socket.write(`${raw.request('OPTIONS', 'second')}${raw.request('OPTIONS', 'third')}\r\n\r\n`);
    await until(
      () => raw.text.includes('branch=z9hG4bKthird') && raw.text.endsWith('\r\n\r\n\r\n'),
      'answers and pong',
    );
    assert.equal(raw.count(/SIP\/2\.0 200 OK/g), 3);
    const branches = [...raw.text.matchAll(/branch=z9hG4bK(\w+)/g)].map(([, branch]) => branch);
    assert.deepEqual(branches, ['pieces', 'second', 'third']);
  });

  it('that closes under an INVITE of ours fails it at once with 503', async () => {
    const server = createServer((socket) => socket.once('data', () => socket.destroy()));
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    try {
      const { port } = server.address() as { port: number };
      const uri = `sip:bob@127.0.0.1:${port};transport=tcp`;
      const calling = agent.userAgent.invite({ uri, from: { uri: 'sip:a@127.0.0.1' }, sdp: OFFER });
      await assert.rejects(calling.answered, { name: 'SipRejection', status: 503 });
      assert.equal(agent.userAgent.sessionCount, 0);
    } finally {
      server.close();
    }
  });

  it("that closes under the peer's INVITE leaves nothing behind once the INVITE is given up", async () => {
    raw.socket.write(raw.request('INVITE', 'gone', OFFER));
    const session = await agent.session();
    raw.socket.destroy();
    const accepted = session.accept(ANSWER);
    // Nobody acknowledges: 64 * T1 for the 2xx, as long again for the BYE.
    const failed = assert.rejects(accepted, { name: 'SipRejection', status: 408 });
    clock.advance(32_000);
    await failed;
    await until(() => {
      clock.advance(1_000);
      return agent.userAgent.sessionCount === 0;
    }, 'the session is gone');
    assert.equal(agent.ends[0]?.length, 1);
  });
});
