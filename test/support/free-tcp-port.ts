import { once } from 'node:events';
import { createServer, type Server } from 'node:net';

const HOST = '127.0.0.1';
const PAIR_ATTEMPTS = 20;

/** A TCP port of loopback that is free now. */
export async function freeTcpPort(): Promise<number> {
  const server = await listenOn(0);
  const port = portOf(server);
  await close(server);
  return port;
}

/** The lower of two neighbouring TCP ports of loopback that are free now. */
export async function freeTcpPortPair(): Promise<number> {
  for (let attempt = 0; attempt < PAIR_ATTEMPTS; attempt += 1) {
    const lower = await listenOn(0);
    const port = portOf(lower);
    // Taken by somebody else: the next free port may have a free neighbour.
    const upper = await listenOn(port + 1).catch(() => undefined);
    await Promise.all([close(lower), upper && close(upper)]);
    if (upper) return port;
  }
  throw new Error('no two neighbouring TCP ports are free');
}

async function listenOn(port: number): Promise<Server> {
  const server = createServer().listen(port, HOST);
  await once(server, 'listening');
  return server;
}

function portOf(server: Server): number {
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('no TCP port');
  return address.port;
}

async function close(server: Server): Promise<void> {
  await new Promise((resolve) => server.close(resolve));
}
