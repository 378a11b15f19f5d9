/** The reference: a connected socket per side that sends each datagram on to its neighbour's peer as it came. */
import type { Socket } from 'node:dgram';
import { type Served, serveParent } from '../measure/serve-parent.ts';
import { connectTo, openSocket, portOf } from '../media/loopback-socket.ts';

async function start(): Promise<Served> {
  const sockets: Socket[] = [];
  return {
    ready: {},
    questions: {
      async open({ remotePorts }: { remotePorts: number[] }) {
        for (const [index, port] of remotePorts.entries()) {
          const neighbour = index % 2 === 0 ? index + 1 : index - 1;
          const socket = await openSocket((packet) => sockets[neighbour]?.send(packet));
          await connectTo(socket, port);
          sockets.push(socket);
        }
        return sockets.map(portOf);
      },
    },
    close() {
      for (const socket of sockets) socket.close();
    },
  };
}

await serveParent(start);
