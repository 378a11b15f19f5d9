import { once } from 'node:events';
import { createServer, type IncomingHttpHeaders, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';

/** One step of a scripted answer of the fake model server. */
export type FakeStep =
  | { text: string }
  | { toolCall: { id: string; name: string; arguments: string } }
  /** Milliseconds of silence. */
  | { delayMs: number }
  /** The connection breaks. */
  | { reset: true }
  /** Raw bytes on the wire. */
  | { raw: string };

export type FakeAnswer =
  | { steps: FakeStep[]; finishReason?: string }
  | { status: number; body?: string; headers?: Record<string, string> };

/** The model says this. */
export const says = (text: string): FakeAnswer => ({ steps: [{ text }] });

/** The model calls one tool, and says nothing. */
export const callsTool = (name: string, input: object = {}, id = 'c1'): FakeAnswer => ({
  steps: [{ toolCall: { id, name, arguments: JSON.stringify(input) } }],
});

export interface RecordedRequest {
  path: string;
  headers: IncomingHttpHeaders;
  body: Record<string, unknown>;
}

export interface FakeOpenAi {
  /** Base URL with `/v1`, as clients are given it. */
  url: string;
  port: number;
  requests: RecordedRequest[];
  /** Answers are given in this order; the last one again and again. */
  answers: FakeAnswer[];
  /** Streams that a client closed before their end. */
  aborted: () => number;
  close(): Promise<void>;
}

async function streamSteps(response: ServerResponse, steps: FakeStep[], finishReason: string): Promise<void> {
  const base = { id: 'chatcmpl-1', object: 'chat.completion.chunk', created: 1_700_000_000, model: 'fake' };
  const send = (delta: object, finish: string | null = null): void => {
    const choices = [{ index: 0, delta, finish_reason: finish }];
    response.write(`data: ${JSON.stringify({ ...base, choices })}\n\n`);
  };
  response.writeHead(200, { 'content-type': 'text/event-stream' });
  send({ role: 'assistant', content: '' });
  let toolIndex = 0;
  for (const step of steps) {
    if (response.destroyed) return;
    if ('text' in step) send({ content: step.text });
    else if ('delayMs' in step) await sleep(step.delayMs, undefined, { ref: false });
    else if ('raw' in step) response.write(step.raw);
    else if ('reset' in step) {
      await sleep(10); // What was written before must leave first.
      response.destroy();
      return;
    } else {
      const { id, name, arguments: json } = step.toolCall;
      const index = toolIndex++;
      // Real servers send the name first and the arguments in pieces.
      send({ tool_calls: [{ index, id, type: 'function', function: { name, arguments: '' } }] });
      const middle = Math.ceil(json.length / 2);
      for (const piece of [json.slice(0, middle), json.slice(middle)]) {
        send({ tool_calls: [{ index, function: { arguments: piece } }] });
      }
    }
  }
  send({}, finishReason);
  response.end('data: [DONE]\n\n');
}

/** A server that speaks OpenAI's chat completions (SSE) and model list on loopback, as scripted. */
export async function startFakeOpenAi(answers: FakeAnswer[]): Promise<FakeOpenAi> {
  const requests: RecordedRequest[] = [];
  let aborted = 0;
  const server = createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const path = request.url ?? '';
    if (path === '/v1/models') {
      response.writeHead(200, { 'content-type': 'application/json' });
      response.end(JSON.stringify({ object: 'list', data: [{ id: 'fake', object: 'model' }] }));
      return;
    }
    requests.push({
      path,
      headers: request.headers,
      body: JSON.parse(Buffer.concat(chunks).toString() || '{}'),
    });
    response.on('close', () => {
      if (!response.writableFinished) aborted += 1;
    });
    const answer = answers.length > 1 ? answers.shift() : answers[0];
    if (!answer || 'status' in answer) {
      const { status, body = '{}', headers = {} } = answer ?? { status: 500 };
      response.writeHead(status, { 'content-type': 'application/json', ...headers }).end(body);
      return;
    }
    const calls = answer.steps.some((step) => 'toolCall' in step);
    await streamSteps(response, answer.steps, answer.finishReason ?? (calls ? 'tool_calls' : 'stop'));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}/v1`,
    port,
    requests,
    answers,
    aborted: () => aborted,
    async close() {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}

/** All that a stream gives. */
export async function collected<T>(stream: AsyncIterable<T>): Promise<T[]> {
  const items: T[] = [];
  for await (const item of stream) items.push(item);
  return items;
}
