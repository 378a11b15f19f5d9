import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { afterEach, describe, it } from 'node:test';
import { type ConnectionOptions, connect as connectTls, createServer, type TLSSocket } from 'node:tls';
import { CA, CERT, KEY } from '../../../test/support/test-certificate.ts';
import { FakeClock } from '../../lib/fake-clock.ts';
import { silentLogger } from '../../lib/logger.ts';
import type { Source } from '../session/session.ts';
import { SipTransport, type TransportOptions } from './sip-transport.ts';

const MESSAGE = 'OPTIONS sips:a@127.0.0.1 SIP/2.0\r\nContent-Length: 0\r\n\r\n';

const opened: SipTransport[] = [];
const sockets: Socket[] = [];

async function open(options: Partial<TransportOptions> = {}) {
  const clock = new FakeClock();
  const messages: { text: string; source: Source }[] = [];
  const closed: { peer: Source; error: Error | undefined }[] = [];
  const given = {
    bindAddress: '127.0.0.1',
    port: 0,
    tls: { port: 0, cert: CERT, key: KEY },
    ca: CA,
    ...options,
  };
  const transport = new SipTransport(given, clock, silentLogger, {
    onMessage: (bytes, source) => messages.push({ text: Buffer.from(bytes).toString(), source }),
    onConnectionClosed: (peer, error) => closed.push({ peer, error }),
  });
  await transport.start();
  opened.push(transport);
  return { transport, clock, messages, closed };
}

function keep<S extends Socket>(socket: S): S {
  sockets.push(socket);
  socket.on('error', () => {});
  return socket;
}

async function dialPlain(port: number): Promise<Socket> {
  const socket = keep(connect(port, '127.0.0.1'));
  await once(socket, 'connect');
  return socket;
}

function dialTls(port: number, options: ConnectionOptions = {}): TLSSocket {
  return keep(connectTls({ host: '127.0.0.1', port, ca: CA, ...options }));
}

async function until(condition: () => boolean): Promise<void> {
  for (let turn = 0; turn < 2000 && !condition(); turn += 1)
    await new Promise((resolve) => setTimeout(resolve, 1));
  assert.ok(condition(), `timed out: ${condition}`);
}

function codeOf(error: Error | null | undefined): string | undefined {
  return (error as NodeJS.ErrnoException | null | undefined)?.code;
}

describe('the TLS transport', () => {
  afterEach(async () => {
    for (const socket of sockets.splice(0)) socket.destroy();
    for (const transport of opened.splice(0)) await transport.close();
  });

  it('frames messages, answers pings, and sends back over the same connection', async () => {
    const { transport, messages } = await open();
    const phone = dialTls(transport.tlsPort);
    phone.write(`${MESSAGE}\r\n\r\n${MESSAGE}`);
    await until(() => messages.length === 2);
    assert.equal(String((await once(phone, 'data'))[0]), '\r\n');
    const source = messages[1]?.source as Source;
    assert.deepEqual(source, { protocol: 'tls', address: '127.0.0.1', port: phone.localPort });
    assert.equal(messages[1]?.text, MESSAGE);
    transport.send(Buffer.from(MESSAGE), source, assert.fail);
    assert.equal(String((await once(phone, 'data'))[0]), MESSAGE);
  });

  for (const version of ['TLSv1.2', 'TLSv1.3'] as const) {
    it(`speaks ${version}`, async () => {
      const { transport } = await open();
      const phone = dialTls(transport.tlsPort, { minVersion: version, maxVersion: version });
      await once(phone, 'secureConnect');
      assert.equal(phone.getProtocol(), version);
      assert.ok(phone.authorized);
    });
  }

  it('refuses TLS 1.1', async () => {
    const { transport, closed } = await open();
    const old = dialTls(transport.tlsPort, {
      minVersion: 'TLSv1',
      maxVersion: 'TLSv1.1',
      ciphers: 'DEFAULT@SECLEVEL=0',
    });
    const [error] = (await once(old, 'error')) as [NodeJS.ErrnoException];
    assert.equal(error.code, 'ERR_SSL_TLSV1_ALERT_PROTOCOL_VERSION');
    await until(() => closed.length === 1);
    assert.equal(codeOf(closed[0]?.error), 'ERR_SSL_UNSUPPORTED_PROTOCOL');
  });

  it('refuses to negotiate anew', async () => {
    const { transport } = await open();
    const phone = dialTls(transport.tlsPort, { maxVersion: 'TLSv1.2' });
    await once(phone, 'secureConnect');
    const error = await new Promise<Error | null>((resolve) => {
      phone.once('error', resolve);
      phone.renegotiate({ rejectUnauthorized: true }, resolve);
    });
    assert.match(codeOf(error) ?? '', /NO_RENEGOTIATION/);
  });

  it('closes a connection that speaks SIP without TLS', async () => {
    const { transport, closed, messages } = await open();
    const plain = await dialPlain(transport.tlsPort);
    plain.resume().write(MESSAGE);
    await once(plain, 'close');
    await until(() => closed.length === 1);
    assert.equal(closed[0]?.peer.protocol, 'tls');
    assert.match(codeOf(closed[0]?.error) ?? '', /^ERR_SSL_/);
    assert.equal(messages.length, 0);
  });

  it('closes a connection whose handshake does not end, and one that says nothing after it', async () => {
    const { transport, clock, closed } = await open({ connectionLimits: { messageTimeoutMs: 5_000 } });
    const slow = await dialPlain(transport.tlsPort);
    slow.write(Buffer.from([0x16, 0x03, 0x01])); // the first bytes of a ClientHello
    const silent = dialTls(transport.tlsPort);
    await once(silent, 'secureConnect');
    const bothGone = Promise.all([once(slow.resume(), 'close'), once(silent.resume(), 'close')]);
    clock.advance(4_999);
    assert.equal(closed.length, 0);
    clock.advance(1);
    await bothGone;
    await until(() => closed.length === 2);
    assert.ok(closed.every(({ error }) => /not completed in time/.test(error?.message ?? '')));
  });

  it('counts connections that have not ended their handshake against the limit of their address', async () => {
    const { transport, closed, messages } = await open({ maxConnectionsPerAddress: 2 });
    const first = await dialPlain(transport.tlsPort);
    await dialPlain(transport.tcpPort);
    const third = await dialPlain(transport.tlsPort);
    await once(third.resume(), 'close');
    first.destroy();
    await until(() => closed.length === 1);
    dialTls(transport.tlsPort).write(MESSAGE);
    await until(() => messages.length === 1);
  });

  it('closes a connection that is idle', async () => {
    const { transport, clock, closed, messages } = await open({
      connectionLimits: { idleTimeoutMs: 60_000 },
    });
    const idle = dialTls(transport.tlsPort);
    idle.write(MESSAGE);
    await until(() => messages.length === 1);
    clock.advance(60_000);
    await once(idle.resume(), 'close');
    await until(() => closed.length === 1);
    assert.equal(closed[0]?.error, undefined);
  });

  it('keeps one connection of a peer apart by transport', async () => {
    const { transport } = await open();
    const plain = await dialPlain(transport.tcpPort);
    const peer = { address: '127.0.0.1', port: plain.localPort ?? 0 };
    await until(() => transport.hasConnection({ ...peer, protocol: 'tcp' }));
    assert.equal(transport.hasConnection({ ...peer, protocol: 'tls' }), false);
  });

  it('shows our certificate to a peer that we call and that asks for one', async () => {
    const { transport } = await open();
    const server = createServer({ cert: CERT, key: KEY, ca: CA, requestCert: true }).listen(0, '127.0.0.1');
    await once(server, 'listening');
    try {
      const { port } = server.address() as { port: number };
      const to: Source = { protocol: 'tls', address: '127.0.0.1', port };
      transport.send(Buffer.from(MESSAGE), to, assert.fail);
      const [socket] = (await once(server, 'secureConnection')) as [TLSSocket];
      assert.ok(keep(socket).authorized);
      assert.equal(socket.getPeerX509Certificate()?.subject, 'CN=exchange.test');
    } finally {
      server.close();
    }
  });

  it('gives every port back where that of TLS is taken', async () => {
    const { transport } = await open();
    const { tlsPort } = transport;
    const free = await open();
    const port = free.transport.udpPort;
    await free.transport.close();
    const tls = { port: tlsPort, cert: CERT, key: KEY };
    await assert.rejects(open({ port, tls }), {
      code: 'EADDRINUSE',
      message: new RegExp(`SIP TLS 127\\.0\\.0\\.1:${tlsPort}`),
    });
    assert.equal((await open({ port })).transport.udpPort, port);
  });

  it('cannot be made with a key that cannot be read', () => {
    const tls = { port: 0, cert: CERT, key: 'no key' };
    const events = { onMessage: () => {}, onConnectionClosed: () => {} };
    assert.throws(
      () =>
        new SipTransport({ bindAddress: '127.0.0.1', port: 0, tls }, new FakeClock(), silentLogger, events),
      /PEM|DECODER/i,
    );
  });
});
