import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer, type Server, type Socket } from 'node:net';
import { afterEach, beforeEach, describe, it } from 'node:test';
import { FakeClock } from '../../lib/fake-clock.ts';
import type { SipRequest } from '../message/message.ts';
import { parseMessage } from '../message/parser.ts';
import { createResponse } from '../message/response.ts';
import { serialize } from '../message/serializer.ts';
import { StreamFramer } from '../message/stream-framer.ts';
import { TestAgent, until } from '../session/test-support.ts';
import type { Registration } from './registration.ts';

/** A registrar over TCP that grants everything, and answers pings while it is told to. */
class TcpRegistrar {
  readonly requests: SipRequest[] = [];
  readonly sockets: Socket[] = [];
  readonly server: Server;
  pings = 0;

  constructor() {
    this.server = createServer((socket) => this.#accept(socket)).listen(0, '127.0.0.1');
  }

  get port(): number {
    return (this.server.address() as { port: number }).port;
  }

  #accept(socket: Socket): void {
    this.sockets.push(socket);
    const framer = new StreamFramer();
    socket.on('error', () => {});
    socket.on('data', (chunk) => {
      for (const event of framer.push(chunk)) {
        if (event.kind === 'ping') this.pings += 1;
        if (event.kind === 'message') this.#grant(socket, event.bytes);
      }
    });
  }

  #grant(socket: Socket, bytes: Uint8Array): void {
    const parsed = parseMessage(bytes);
    assert.ok(parsed.ok && parsed.message.kind === 'request');
    this.requests.push(parsed.message);
    const headers = [{ name: 'Expires', value: '600' }];
    socket.write(serialize(createResponse(parsed.message, 200, { headers })));
  }

  close(): void {
    for (const socket of this.sockets) socket.destroy();
    this.server.close();
  }
}

describe('the flow of a registration', () => {
  let registrar: TcpRegistrar;
  let agent: TestAgent;
  let clock: FakeClock;
  let registration: Registration;

  beforeEach(async () => {
    clock = new FakeClock();
    registrar = new TcpRegistrar();
    await once(registrar.server, 'listening');
    agent = await TestAgent.start({ clock });
    registration = agent.userAgent.register({
      registrar: `sip:127.0.0.1:${registrar.port};transport=tcp`,
      aor: 'sip:1001@carrier.test',
      contactUser: 'trunk1',
      random: () => 0,
    });
    await until(() => registration.state === 'registered', 'the binding');
  });

  afterEach(async () => {
    await agent.close();
    registrar.close();
  });

  it('is pinged while the binding lives', async () => {
    clock.advance(95_000);
    await until(() => registrar.pings === 1, 'a ping');
    clock.advance(95_000);
    await until(() => registrar.pings === 2, 'another ping');
    await registration.close();
    clock.advance(200_000);
    await new Promise((resolve) => setTimeout(resolve, 20));
    assert.equal(registrar.pings, 2);
  });

  it('is made anew at once where its connection is lost', async () => {
    registrar.sockets[0]?.destroy();
    await until(() => registrar.requests.length === 2, 'another REGISTER');
    assert.equal(registrar.sockets.length, 2);
    assert.equal(registration.state, 'registered');
  });

  it('of another connection may be lost without a word', async () => {
    const other = new TcpRegistrar();
    await once(other.server, 'listening');
    const uri = `sip:127.0.0.1:${other.port};transport=tcp`;
    await agent.userAgent.request({ method: 'OPTIONS', uri, from: { uri: 'sip:a@offhook.test' } });
    other.close();
    await new Promise((resolve) => setTimeout(resolve, 20));
    assert.equal(registrar.requests.length, 1);
  });
});
