import assert from 'node:assert/strict';
import { once } from 'node:events';
import { request as httpRequest, type IncomingMessage } from 'node:http';
import { connect } from 'node:net';
import { after, before, beforeEach, describe, it } from 'node:test';
import { WebSocket } from 'ws';
import { FakeLiveCall } from '../../../test/support/fake-live-call.ts';
import { type HttpExchange, openHttpExchange } from '../../../test/support/http-exchange.ts';
import { liveCall } from '../../../test/support/sample-call.ts';
import { until } from '../../../test/support/until.ts';
import { newMonitorToken } from '../../flow/live/live-calls.ts';

const PING_MS = 30_000;
/** 100 ms of both sides at 8 kHz. */
const BLOCK_SAMPLES = 1600;

type Frame = Record<string, unknown>;

/** A listener's client that keeps all it gets. */
class Client {
  readonly frames: Frame[] = [];
  readonly blocks: Buffer[] = [];
  readonly socket: WebSocket;
  closeCode: number | undefined;
  pings = 0;

  constructor(url: string, headers: Record<string, string> = {}, options: { autoPong?: boolean } = {}) {
    this.socket = new WebSocket(url, { headers, ...options });
    this.socket.on('message', (data, isBinary) => {
      if (isBinary) this.blocks.push(data as Buffer);
      else this.frames.push(JSON.parse(String(data)) as Frame);
    });
    this.socket.on('ping', () => {
      this.pings += 1;
    });
    this.socket.on('close', (code) => {
      this.closeCode = code;
    });
    this.socket.on('error', () => undefined);
  }

  /** Resolves when the first two frames are there. */
  async started(): Promise<this> {
    await until('the first frames', () => this.frames.length >= 2);
    return this;
  }

  closed(): Promise<number> {
    return until('the close', () => this.closeCode);
  }
}

/** The answer to a request to upgrade that is not granted. */
async function refusal(url: string, headers: Record<string, string> = {}) {
  const socket = new WebSocket(url, { headers });
  socket.on('error', () => undefined);
  const [, response] = (await once(socket, 'unexpected-response')) as [unknown, IncomingMessage];
  const chunks = await response.toArray();
  return {
    status: response.statusCode,
    headers: response.headers,
    body: JSON.parse(Buffer.concat(chunks).toString()),
  };
}

describe('GET /live/{token}/listen', () => {
  let exchange: HttpExchange;
  let port: number;
  let live: FakeLiveCall;
  let url: string;
  let remove: () => void;

  before(async () => {
    exchange = await openHttpExchange();
    port = await exchange.server.listen({ host: '127.0.0.1', port: 0 });
  });
  after(() => exchange.close());
  beforeEach(() => {
    const token = newMonitorToken();
    live = new FakeLiveCall(liveCall(exchange.orgId, 0));
    remove = exchange.live.add(token, live);
    url = `ws://127.0.0.1:${port}/live/${token}/listen`;
  });
  const nobodyListens = () =>
    until(
      'the listener is gone',
      () => live.tapCount === 0 && live.notices.size === 0 && exchange.clock.pendingCount === 0,
    );

  it('says first what the audio is and how the call stands, then what is said and what happens', async () => {
    const client = await new Client(url).started();
    assert.deepEqual(client.frames, [
      { type: 'start', encoding: 'linear16', container: 'raw', sampleRate: 16_000, channels: 1 },
      { type: 'status-update', timestamp: exchange.clock.now(), status: 'in-progress' },
    ]);
    live.hear(new Int16Array(BLOCK_SAMPLES).fill(500));
    live.notices.emit({ type: 'transcribed', role: 'user', text: 'Good', isFinal: false });
    live.notices.emit({ type: 'transcribed', role: 'agent', text: 'Hello.', isFinal: true });
    live.notices.emit({ type: 'speech-changed', role: 'agent', status: 'stopped', turn: 2 });
    live.notices.emit({ type: 'user-interrupted', turnId: 't1' });
    live.notices.emit({ type: 'conversation-changed' });
    await until('the frames', () => client.frames.length === 6);
    const timestamp = exchange.clock.now();
    assert.deepEqual(client.frames.slice(2), [
      { type: 'transcript', timestamp, role: 'user', transcriptType: 'partial', transcript: 'Good' },
      { type: 'transcript', timestamp, role: 'assistant', transcriptType: 'final', transcript: 'Hello.' },
      { type: 'speech-update', timestamp, role: 'assistant', status: 'stopped', turn: 2 },
      { type: 'user-interrupted', timestamp, turnId: 't1' },
    ]);
    assert.equal(client.blocks.length, 1);
    const [block] = client.blocks;
    assert.equal(block?.length, BLOCK_SAMPLES * 2, '100 ms at 16 kHz, 16 bits, one channel');
    assert.equal(block?.readInt16LE(100), 1000);
    client.socket.close();
    await nobodyListens();
  });

  it('gives caller and agent side by side where that is asked for', async () => {
    const client = await new Client(`${url}?channels=2`).started();
    assert.equal(client.frames[0]?.channels, 2);
    live.hear(Int16Array.from({ length: BLOCK_SAMPLES }, (_, i) => (i % 2 === 0 ? 111 : -222)));
    const block = await until('the audio', () => client.blocks[0]);
    assert.equal(block.length, BLOCK_SAMPLES * 4);
    assert.deepEqual([block.readInt16LE(400), block.readInt16LE(402)], [111, -222]);
    client.socket.close();
    await nobodyListens();
    assert.equal((await refusal(`${url}?channels=3`)).status, 400);
  });

  it('ends with the call, after its last status', async () => {
    const client = await new Client(url).started();
    live.call = { ...live.call, status: 'ended', endReason: 'customer-ended-call' };
    live.notices.emit({ type: 'status-changed' });
    remove();
    assert.equal(await client.closed(), 1000);
    const { type, status, endedReason } = client.frames.at(-1) ?? {};
    assert.deepEqual([type, status, endedReason], ['status-update', 'ended', 'customer-ended-call']);
    await nobodyListens();
    const late = await refusal(url);
    assert.equal(late.status, 404);
    assert.equal(late.body.error, 'Not Found');
  });

  it('obeys the monitorPlan, also of an agent that takes over', async () => {
    live.monitorPlan = { listenEnabled: false };
    assert.equal((await refusal(url)).status, 403);
    live.monitorPlan = { listenAuthenticationEnabled: true };
    const challenged = await refusal(url);
    assert.deepEqual([challenged.status, challenged.headers['www-authenticate']], [401, 'Bearer']);
    const bearer = (key: string) => ({ authorization: `Bearer ${key}` });
    assert.equal((await refusal(url, bearer(exchange.otherKey))).status, 404);
    const known = await new Client(url, bearer(exchange.key)).started();
    live.monitorPlan = {};
    const unknown = await new Client(url).started();
    live.monitorPlan = { listenAuthenticationEnabled: true };
    live.notices.emit({ type: 'agent-started' });
    assert.equal(await unknown.closed(), 1008);
    assert.equal(known.closeCode, undefined);
    live.monitorPlan = { listenEnabled: false };
    live.notices.emit({ type: 'agent-started' });
    assert.equal(await known.closed(), 1008);
    await nobodyListens();
  });

  it('has room for ten listeners of a call, and for another when one has left', async () => {
    const clients = await Promise.all(Array.from({ length: 10 }, () => new Client(url).started()));
    const refused = await refusal(url);
    assert.equal(refused.status, 429);
    clients[0]?.socket.close();
    await until('room', () => live.tapCount === 9);
    clients.push(await new Client(url).started());
    for (const { socket } of clients) socket.terminate();
    await nobodyListens();
  });

  it('cuts off a listener that stays behind, and others hear all', async () => {
    const [slow, quick] = await Promise.all([new Client(url).started(), new Client(url).started()]);
    slow.socket.pause();
    const block = new Int16Array(BLOCK_SAMPLES).fill(1);
    let heard = 0;
    // The kernel takes megabytes before anything waits in the exchange.
    await until('the cut', async () => {
      for (let i = 0; i < 30; i += 1) live.hear(block);
      heard += 30;
      await until('the quick listener', () => quick.blocks.length === heard);
      return live.tapCount === 1;
    });
    slow.socket.resume();
    assert.equal(await slow.closed(), 1006);
    const missed = heard - slow.blocks.length;
    assert.ok(slow.blocks.length > 0 && missed >= 200, `${missed} of ${heard} blocks were left out`);
    quick.socket.close();
    await nobodyListens();
  });

  it('finds listeners that vanished by their missing answer to a ping', async () => {
    const [mute, alive] = [new Client(url, {}, { autoPong: false }), new Client(url)];
    await Promise.all([mute.started(), alive.started()]);
    exchange.clock.advance(PING_MS);
    await until('the pings', () => mute.pings === 1 && alive.pings === 1);
    // Its answer is on the way.
    alive.socket.ping();
    await once(alive.socket, 'pong');
    exchange.clock.advance(PING_MS);
    assert.equal(await mute.closed(), 1006);
    assert.equal(alive.closeCode, undefined);
    alive.socket.close();
    await nobodyListens();
  });

  it('wants no words of a listener, and survives all that it sends', async () => {
    const chatty = await new Client(url).started();
    chatty.socket.send('hello');
    chatty.socket.send(Buffer.alloc(2000));
    assert.equal(await chatty.closed(), 1009);
    const raw = connect(port, '127.0.0.1');
    raw.on('error', () => undefined);
    const path = new URL(url).pathname;
    raw.write(
      `GET ${path} HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n` +
        'Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n',
    );
    await once(raw, 'data');
    raw.write(Buffer.from('ffffffffffffffffffffffff', 'hex'));
    await once(raw, 'close');
    await nobodyListens();
  });

  it('answers other requests to upgrade as if they had not asked', async () => {
    const ask = async (path: string, upgrade: string) => {
      const headers = { connection: 'Upgrade', upgrade };
      const sent = httpRequest({ host: '127.0.0.1', port, path, headers }).end();
      const [response] = (await once(sent, 'response')) as [IncomingMessage];
      response.resume();
      return response.statusCode;
    };
    assert.equal(await ask('/health', 'h2c'), 200);
    assert.equal(await ask('/health', 'websocket'), 200);
    assert.equal(await ask(new URL(url).pathname, 'h2c'), 404);
    assert.equal(await ask('/live/a%2fb/listen', 'websocket'), 404);
  });

  it('is closed at once by a shutdown', async () => {
    const other = await openHttpExchange();
    const otherPort = await other.server.listen({ host: '127.0.0.1', port: 0 });
    const call = new FakeLiveCall(liveCall(other.orgId, 0));
    const token = newMonitorToken();
    other.live.add(token, call);
    const client = await new Client(`ws://127.0.0.1:${otherPort}/live/${token}/listen`).started();
    await other.close();
    assert.equal(await client.closed(), 1001);
    assert.equal(call.tapCount + other.live.removed.size + other.clock.pendingCount, 0);
  });
});
