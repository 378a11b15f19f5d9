import { once } from 'node:events';
import { createServer, type IncomingHttpHeaders } from 'node:http';
import type { AddressInfo } from 'node:net';
import { until } from './until.ts';

/** One request of any method. */
export interface PlainRequest {
  method: string;
  path: string;
  query: Record<string, string>;
  headers: IncomingHttpHeaders;
  body: string;
}

/** A web server on loopback that takes any request and answers each path with JSON. */
export interface PlainServer {
  readonly url: string;
  readonly requests: readonly PlainRequest[];
  /** The first request that fits, past or future. */
  until(what: string, fits: (request: PlainRequest) => boolean): Promise<PlainRequest>;
  close(): Promise<void>;
}

/** @param answers by path; other paths get `{}`. */
export async function startPlainServer(answers: Record<string, object> = {}): Promise<PlainServer> {
  const requests: PlainRequest[] = [];
  const server = createServer(async (incoming, response) => {
    let body = '';
    for await (const chunk of incoming) body += chunk;
    const { pathname, searchParams } = new URL(incoming.url ?? '/', 'http://server');
    const { method = '', headers } = incoming;
    requests.push({ method, path: pathname, query: Object.fromEntries(searchParams), headers, body });
    response.writeHead(200, { 'content-type': 'application/json' });
    response.end(JSON.stringify(answers[pathname] ?? {}));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    requests,
    until: (what, fits) => until(what, () => requests.find(fits)),
    async close() {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}
