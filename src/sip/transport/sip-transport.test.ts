import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect, createServer, type Socket } from 'node:net';
import { afterEach, describe, it } from 'node:test';
import { needsIpv6 } from '../../../test/support/ipv6.ts';
import { FakeClock } from '../../lib/fake-clock.ts';
import { silentLogger } from '../../lib/logger.ts';
import type { Source } from '../session/session.ts';
import { SipTransport, type TransportOptions } from './sip-transport.ts';

const MESSAGE = 'OPTIONS sip:a@127.0.0.1 SIP/2.0\r\nContent-Length: 0\r\n\r\n';

interface Opened {
  transport: SipTransport;
  clock: FakeClock;
  messages: { text: string; source: Source }[];
  closed: { peer: Source; error: Error | undefined }[];
}

const opened: SipTransport[] = [];
const sockets: Socket[] = [];

async function open(options: Partial<TransportOptions> = {}): Promise<Opened> {
  const clock = new FakeClock();
  const messages: Opened['messages'] = [];
  const closed: Opened['closed'] = [];
  const transport = new SipTransport({ bindAddress: '127.0.0.1', port: 0, ...options }, clock, silentLogger, {
    onMessage: (bytes, source) => messages.push({ text: Buffer.from(bytes).toString(), source }),
    onConnectionClosed: (peer, error) => closed.push({ peer, error }),
  });
  await transport.start();
  opened.push(transport);
  return { transport, clock, messages, closed };
}

async function dial(port: number): Promise<Socket> {
  const socket = connect(port, '127.0.0.1');
  sockets.push(socket);
  socket.on('error', () => {});
  await once(socket, 'connect');
  return socket;
}

async function until(condition: () => boolean): Promise<void> {
  for (let turn = 0; turn < 2000 && !condition(); turn += 1)
    await new Promise((resolve) => setTimeout(resolve, 1));
  assert.ok(condition(), `timed out: ${condition}`);
}

const fail = (error: Error) => assert.fail(error);

const ipv6 = await needsIpv6();

describe('the SIP transport', () => {
  afterEach(async () => {
    for (const socket of sockets.splice(0)) socket.destroy();
    for (const transport of opened.splice(0)) await transport.close();
  });

  it('finds one port that is free for UDP and TCP', async () => {
    const { transport } = await open();
    assert.ok(transport.udpPort > 0);
    assert.equal(transport.udpPort, transport.tcpPort);
  });

  it('names the address that it cannot bind', async () => {
    const { transport } = await open();
    const port = transport.udpPort;
    await assert.rejects(open({ port }), (error: NodeJS.ErrnoException) => {
      assert.equal(error.code, 'EADDRINUSE');
      assert.match(error.message, new RegExp(`UDP 127\\.0\\.0\\.1:${port}`));
      return true;
    });
  });

  it('gives the UDP port back when only TCP is taken', async () => {
    const server = createServer().listen(0, '127.0.0.1');
    await once(server, 'listening');
    const port = (server.address() as { port: number }).port;
    await assert.rejects(open({ port }), /TCP 127\.0\.0\.1/);
    server.close();
    await once(server, 'close');
    assert.equal((await open({ port })).transport.udpPort, port);
  });

  it('carries datagrams with their source, and passes over keep-alives', async () => {
    const a = await open();
    const b = await open();
    const to: Source = { protocol: 'udp', address: '127.0.0.1', port: b.transport.udpPort };
    a.transport.send(Buffer.from('\r\n\r\n'), to, fail);
    a.transport.send(Buffer.from(MESSAGE), to, fail);
    await until(() => b.messages.length > 0);
    assert.deepEqual(b.messages, [
      { text: MESSAGE, source: { protocol: 'udp', address: '127.0.0.1', port: a.transport.udpPort } },
    ]);
  });

  it('uses one connection for both ways', async () => {
    const a = await open();
    const b = await open();
    const to: Source = { protocol: 'tcp', address: '127.0.0.1', port: b.transport.tcpPort };
    a.transport.send(Buffer.from(MESSAGE), to, fail);
    a.transport.send(Buffer.from(MESSAGE), to, fail);
    await until(() => b.messages.length === 2);
    const source = b.messages[0]?.source as Source;
    assert.deepEqual(b.messages[1]?.source, source);
    assert.notEqual(source.port, a.transport.tcpPort);
    assert.ok(b.transport.hasConnection(source));
    b.transport.send(Buffer.from(MESSAGE), source, fail);
    await until(() => a.messages.length === 1);
    assert.deepEqual(a.messages[0]?.source, to);
  });

  it('tells of a connection that cannot be made', async () => {
    const { transport, closed } = await open();
    const gone = await open();
    const to: Source = { protocol: 'tcp', address: '127.0.0.1', port: gone.transport.tcpPort };
    await gone.transport.close();
    const errors: Error[] = [];
    transport.send(Buffer.from(MESSAGE), to, (error) => errors.push(error));
    await until(() => closed.length > 0 && errors.length > 0);
    assert.deepEqual(closed[0]?.peer, to);
    assert.match(closed[0]?.error?.message ?? '', /ECONNREFUSED/);
    assert.equal(errors.length, 1);
  });

  it('closes a connection that says nothing, or never ends what it says', async () => {
    const { transport, clock, closed, messages } = await open();
    await dial(transport.tcpPort);
    const slow = await dial(transport.tcpPort);
    slow.write(MESSAGE);
    await until(() => messages.length === 1);
    slow.write(MESSAGE.slice(0, 20));
    // In steps, as the beginning of the message may take a while to arrive.
    await until(() => {
      clock.advance(1000);
      return closed.length === 2;
    });
    assert.ok(closed.every(({ error }) => /not completed in time/.test(error?.message ?? '')));
  });

  it('closes a connection that is idle, and keeps one that is pinged', async () => {
    const { transport, clock, closed, messages } = await open({
      connectionLimits: { idleTimeoutMs: 60_000 },
    });
    const idle = await dial(transport.tcpPort);
    const busy = await dial(transport.tcpPort);
    for (const socket of [idle, busy]) socket.write(MESSAGE);
    await until(() => messages.length === 2);
    const idlePort = idle.localPort;
    clock.advance(40_000);
    busy.write('\r\n\r\n');
    await once(busy, 'data');
    clock.advance(20_000);
    await until(() => closed.length === 1);
    assert.equal(closed[0]?.peer.port, idlePort);
  });

  it('closes a connection whose stream cannot be framed', async () => {
    const { transport, closed } = await open();
    (await dial(transport.tcpPort)).write('OPTIONS sip:a@127.0.0.1 SIP/2.0\r\n\r\n');
    await until(() => closed.length === 1);
    assert.match(closed[0]?.error?.message ?? '', /Content-Length/);
  });

  it('holds the number of connections from one address', async () => {
    const { transport, messages } = await open({ maxConnectionsPerAddress: 2 });
    await dial(transport.tcpPort);
    const second = await dial(transport.tcpPort);
    const third = await dial(transport.tcpPort);
    await once(third, 'close');
    second.end();
    await once(second.resume(), 'close');
    await until(
      () => !transport.hasConnection({ protocol: 'tcp', address: '127.0.0.1', port: second.localPort ?? 0 }),
    );
    (await dial(transport.tcpPort)).write(MESSAGE);
    await until(() => messages.length === 1);
  });

  it('knows the address that faces a peer, and prefers the public host for what it advertises', async () => {
    const wildcard = await open({ bindAddress: '0.0.0.0', publicHost: 'sip.example.com' });
    assert.equal(wildcard.transport.localAddressFor('127.0.0.1'), '127.0.0.1');
    assert.equal(wildcard.transport.advertisedHost('127.0.0.1'), 'sip.example.com');
    const bound = await open();
    assert.equal(bound.transport.localAddressFor('192.0.2.1'), '127.0.0.1');
    assert.equal(bound.transport.advertisedHost('192.0.2.1'), '127.0.0.1');
  });

  it('speaks IPv6', ipv6, async () => {
    const a = await open({ bindAddress: '::1' });
    const to: Source = { protocol: 'udp', address: '::1', port: a.transport.udpPort };
    a.transport.send(Buffer.from(MESSAGE), to, fail);
    await until(() => a.messages.length === 1);
    assert.equal(a.messages[0]?.source.address, '::1');
  });
});
