/** The reference: a connected socket per call that sends each datagram back as it came. No jitter buffer, codec or pacing. */
import type { Socket } from 'node:dgram';
import { type Served, serveParent } from '../measure/serve-parent.ts';
import { connectTo, openSocket, portOf } from './loopback-socket.ts';
import type { MediaServerResult } from './media-server.ts';
import { SERVER_PORTS } from './server-ports.ts';

async function start(): Promise<Served> {
  const sockets: Socket[] = [];
  let received = 0;
  return {
    ready: {},
    questions: {
      async open({ remotePorts }: { remotePorts: number[] }) {
        for (const [index, port] of remotePorts.entries()) {
          const echo = (packet: Buffer, from: Socket) => {
            received += 1;
            from.send(packet);
          };
          const socket = await openSocket(echo, SERVER_PORTS.from + 2 * index);
          await connectTo(socket, port);
          sockets.push(socket);
        }
        return sockets.map(portOf);
      },
      result: () => ({ received }) satisfies MediaServerResult,
    },
    close() {
      for (const socket of sockets) socket.close();
    },
  };
}

await serveParent(start);
