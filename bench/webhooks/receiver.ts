/** A customer's server that takes every message at once and remembers when each came in. */
import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type Served, serveParent } from '../measure/serve-parent.ts';

export interface ReceiverReady {
  port: number;
}

/** Instants in milliseconds since the epoch, with fractions, by the message's id. */
export type Arrivals = Map<string, number>;

let arrivals: Arrivals = new Map();

function take(request: IncomingMessage): void {
  const id = String(request.headers['webhook-id']);
  if (!arrivals.has(id)) arrivals.set(id, performance.timeOrigin + performance.now());
}

async function start(): Promise<Served> {
  const server = createServer((request, response) => {
    request.resume();
    request.once('end', () => {
      take(request);
      response.writeHead(200, { 'content-length': 2 }).end('{}');
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    ready: { port: (server.address() as AddressInfo).port } satisfies ReceiverReady,
    questions: {
      count: () => arrivals.size,
      takeArrivals() {
        const taken = arrivals;
        arrivals = new Map();
        return taken;
      },
    },
    close() {
      server.closeAllConnections();
      server.close();
    },
  };
}

await serveParent(start);
