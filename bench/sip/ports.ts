import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { type AddressInfo, connect, createServer } from 'node:net';

const HOST = '127.0.0.1';
/** How often a program that starts is looked at, and how long it may take. Milliseconds. */
const POLL_MS = 50;
const BIND_TIMEOUT_MS = 5_000;

/** A UDP port that nobody holds now; for programs that cannot choose one and tell. */
export async function freeUdpPort(): Promise<number> {
  const socket = createSocket('udp4');
  socket.bind(0, HOST);
  await once(socket, 'listening');
  const { port } = socket.address() as AddressInfo;
  socket.close();
  await once(socket, 'close');
  return port;
}

/** Resolves when somebody has bound the port. @throws after five seconds without. */
export async function udpPortTaken(port: number): Promise<void> {
  const until = performance.now() + BIND_TIMEOUT_MS;
  while (await canBind(port)) {
    if (performance.now() > until) throw new Error(`nothing listens on UDP port ${port}`);
    await new Promise((resolve) => setTimeout(resolve, POLL_MS));
  }
}

async function canBind(port: number): Promise<boolean> {
  const socket = createSocket('udp4');
  const free = await new Promise<boolean>((resolve) => {
    socket.once('error', () => resolve(false));
    socket.bind(port, HOST, () => resolve(true));
  });
  socket.close();
  return free;
}

/** A TCP port that nobody holds now. */
export async function freeTcpPort(): Promise<number> {
  const server = createServer().listen(0, HOST);
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}

/** Resolves when somebody takes connections there. @throws after five seconds without. */
export async function tcpPortOpen(port: number): Promise<void> {
  const until = performance.now() + BIND_TIMEOUT_MS;
  while (!(await canConnect(port))) {
    if (performance.now() > until) throw new Error(`nothing listens on TCP port ${port}`);
    await new Promise((resolve) => setTimeout(resolve, POLL_MS));
  }
}

function canConnect(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, HOST, () => {
      socket.destroy();
      resolve(true);
    });
    socket.once('error', () => resolve(false));
  });
}
