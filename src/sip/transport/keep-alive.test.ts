import assert from 'node:assert/strict';
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { createServer, type Server, type Socket } from 'node:net';
import { afterEach, describe, it } from 'node:test';
import { FakeClock } from '../../lib/fake-clock.ts';
import { silentLogger } from '../../lib/logger.ts';
import type { Source } from '../session/session.ts';
import { until } from '../session/test-support.ts';
import { SipTransport } from './sip-transport.ts';

const MESSAGE = Buffer.from('OPTIONS sip:a@127.0.0.1 SIP/2.0\r\nContent-Length: 0\r\n\r\n');
const PONG_LIMIT_MS = 10_000;

interface Scene {
  transport: SipTransport;
  clock: FakeClock;
  server: Server;
  peer: Source;
  socket: Socket;
  received: () => string;
  closed: (Error | undefined)[];
}

const scenes: Scene[] = [];

/** A transport that has a connection with a server of the test's own. */
async function open(): Promise<Scene> {
  const clock = new FakeClock();
  const closed: (Error | undefined)[] = [];
  const transport = new SipTransport({ bindAddress: '127.0.0.1', port: 0 }, clock, silentLogger, {
    onMessage: () => {},
    onConnectionClosed: (_peer, error) => closed.push(error),
  });
  await transport.start();
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const peer: Source = {
    protocol: 'tcp',
    address: '127.0.0.1',
    port: (server.address() as { port: number }).port,
  };
  transport.send(MESSAGE, peer, assert.fail);
  const [socket] = (await once(server, 'connection')) as [Socket];
  let text = '';
  socket.on('data', (chunk) => {
    text += chunk.toString();
  });
  const scene = { transport, clock, server, peer, socket, closed, received: () => text };
  scenes.push(scene);
  await until(() => text === MESSAGE.toString(), 'the first message');
  return scene;
}

const pings = ({ received }: Scene) => received().slice(MESSAGE.length);

describe('a keep-alive of ours', () => {
  afterEach(async () => {
    for (const { transport, socket, server } of scenes.splice(0)) {
      socket.destroy();
      server.close();
      await transport.close();
    }
  });

  it('closes a connection whose peer has answered before and does not any more', async () => {
    const scene = await open();
    scene.transport.ping(scene.peer);
    await until(() => pings(scene) === '\r\n\r\n', 'a ping');
    scene.socket.write('\r\n');
    // The pong is here once time goes by and the connection stays.
    await until(() => {
      scene.clock.advance(0);
      return scene.clock.pendingCount === 1;
    }, 'the pong');
    scene.clock.advance(PONG_LIMIT_MS);
    assert.equal(scene.closed.length, 0);
    scene.transport.ping(scene.peer);
    scene.clock.advance(PONG_LIMIT_MS - 1);
    assert.ok(scene.transport.hasConnection(scene.peer));
    scene.clock.advance(1);
    await until(() => scene.closed.length === 1, 'the end');
    assert.match(scene.closed[0]?.message ?? '', /keep-alive was not answered/);
  });

  it('leaves a connection whose peer knows no keep-alives, pinged as it is', async () => {
    const scene = await open();
    scene.transport.ping(scene.peer);
    await until(() => pings(scene) === '\r\n\r\n', 'a ping');
    scene.clock.advance(PONG_LIMIT_MS);
    assert.ok(scene.transport.hasConnection(scene.peer));
    scene.transport.ping(scene.peer);
    await until(() => pings(scene) === '\r\n\r\n\r\n\r\n', 'another ping');
  });

  it('makes no connection', async () => {
    const { transport, peer } = await open();
    const stranger = { ...peer, port: peer.port === 1 ? 2 : 1 };
    transport.ping(stranger);
    assert.equal(transport.hasConnection(stranger), false);
  });

  it('is a datagram of two line ends over UDP', async () => {
    const { transport } = await open();
    const socket = createSocket('udp4').bind(0, '127.0.0.1');
    await once(socket, 'listening');
    try {
      transport.ping({ protocol: 'udp', address: '127.0.0.1', port: socket.address().port });
      const [datagram] = (await once(socket, 'message')) as [Buffer];
      assert.equal(datagram.toString(), '\r\n\r\n');
    } finally {
      socket.close();
    }
  });
});
