/** The reference: a bare node:http server that sends the same objects as JSON and, for POST, syncs them to a file. */
import { mkdtemp, open, rm } from 'node:fs/promises';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { type Served, serveParent } from '../measure/serve-parent.ts';

export interface PlainServerReady {
  port: number;
}

/** What to answer, by operation; the path is `/<operation>`. */
const objects = new Map<string, unknown>();

async function start(): Promise<Served> {
  const folder = await mkdtemp(join(tmpdir(), 'offhook-bench-plain-'));
  const file = await open(join(folder, 'posts.ndjson'), 'a');
  const reply = async (request: IncomingMessage, response: ServerResponse) => {
    if (request.method === 'POST') {
      JSON.parse(await text(request));
      await file.appendFile(`${JSON.stringify(objects.get('post'))}\n`);
      await file.datasync();
    }
    const body = JSON.stringify(objects.get(request.url?.slice(1) ?? ''));
    response.writeHead(request.method === 'POST' ? 201 : 200, {
      'content-type': 'application/json; charset=utf-8',
      'content-length': Buffer.byteLength(body),
    });
    response.end(body);
  };
  const server = createServer((request, response) => void reply(request, response));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    ready: { port: (server.address() as AddressInfo).port } satisfies PlainServerReady,
    questions: {
      answerWith({ operation, object }: { operation: string; object: unknown }) {
        objects.set(operation, object);
      },
    },
    async close() {
      server.closeAllConnections();
      server.close();
      await file.close();
      await rm(folder, { recursive: true });
    },
  };
}

await serveParent(start);
