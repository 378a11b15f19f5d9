import { createSocket, type Socket } from 'node:dgram';
import { once } from 'node:events';

const HOST = '127.0.0.1';

/** A socket on a port of 127.0.0.1; 0: on a free one. */
export async function openSocket(
  onPacket: (packet: Buffer, socket: Socket) => void,
  port = 0,
): Promise<Socket> {
  const socket = createSocket('udp4');
  socket.on('message', (packet) => onPacket(packet, socket));
  // The kernel tells a connected socket when its peer has closed: at the end of a run, no error of the measurement.
  socket.on('error', () => undefined);
  socket.bind(port, HOST);
  await once(socket, 'listening');
  return socket;
}

export function portOf(socket: Socket): number {
  return socket.address().port;
}

/** Fixes the peer, so that packets are sent at once, without a look-up. */
export async function connectTo(socket: Socket, port: number): Promise<void> {
  socket.connect(port, HOST);
  await once(socket, 'connect');
}
