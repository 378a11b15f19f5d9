import assert from 'node:assert/strict';
import { after, before, beforeEach, describe, it } from 'node:test';
import { type HttpExchange, openHttpExchange } from '../../../test/support/http-exchange.ts';
import { eventOf, liveCall } from '../../../test/support/sample-call.ts';
import { until } from '../../../test/support/until.ts';
import type { Call, CallEventType } from '../../domain/calls/call.ts';
import { QUIET_MS } from '../../flow/live/follow-timeline.ts';
import { newId } from '../../lib/ids.ts';

interface Message {
  id?: string;
  event?: string;
  data?: string;
}

/** Reads server-sent events as they come. */
class EventReader {
  text = '';
  isOver = false;
  readonly #gone = new AbortController();

  static async open(url: string, key: string, headers: Record<string, string> = {}) {
    const reader = new EventReader();
    const response = await fetch(url, {
      headers: { authorization: `Bearer ${key}`, ...headers },
      signal: reader.#gone.signal,
    });
    void reader.#read(response);
    return { reader, response };
  }

  get messages(): Message[] {
    const blocks = this.text.split('\n\n').slice(0, -1);
    const fields = blocks.map((block) => block.split('\n').map((line) => line.split(/: (.*)/s).slice(0, 2)));
    return fields.map((lines) => Object.fromEntries(lines)).filter(({ id }) => id !== undefined);
  }

  get ids(): (string | undefined)[] {
    return this.messages.map(({ id }) => id);
  }

  leave(): void {
    this.#gone.abort();
  }

  async #read(response: Response): Promise<void> {
    try {
      for await (const chunk of response.body ?? []) this.text += Buffer.from(chunk).toString('utf8');
    } catch {
      // The client left, or the server broke off: `isOver` tells either.
    }
    this.isOver = true;
  }
}

describe('GET /admin/calls/{id}/events', () => {
  let exchange: HttpExchange;
  let base: string;
  let call: Call;

  before(async () => {
    exchange = await openHttpExchange();
    const port = await exchange.server.listen({ host: '127.0.0.1', port: 0 });
    base = `http://127.0.0.1:${port}/admin/calls`;
  });
  after(() => exchange.close());
  beforeEach(async () => {
    call = liveCall(exchange.orgId, exchange.clock.now());
    const first = eventOf(call, 'call.ringing', call.createdAt, { dialled: '+1415', note: 'a\nb' });
    await exchange.storage.calls.insert(call, [first]);
  });
  const write = async (...types: CallEventType[]) => {
    const events = types.map((type) => eventOf(call, type, exchange.clock.now()));
    await exchange.storage.calls.record(call.orgId, call.id, events);
    exchange.live.timelineGrew.emit(call.id);
  };
  const end = async () => {
    const event = eventOf(call, 'call.ended', exchange.clock.now());
    await exchange.storage.calls.end(call.orgId, call.id, event, (each) => ({ ...each, status: 'ended' }));
    exchange.live.timelineGrew.emit(call.id);
  };
  const open = (headers: Record<string, string> = {}) =>
    EventReader.open(`${base}/${call.id}/events`, exchange.key, headers);
  const nobodyFollows = () =>
    until(
      'the follower is gone',
      () => exchange.live.timelineGrew.size === 0 && exchange.clock.pendingCount === 0,
    );

  it('replays what is stored, goes on live, and ends with the call', async () => {
    await write('call.answered');
    const { reader, response } = await open();
    assert.equal(response.headers.get('content-type'), 'text/event-stream; charset=utf-8');
    assert.equal(response.headers.get('cache-control'), 'no-store');
    await until('the replay', () => reader.ids.length === 2);
    assert.equal(reader.isOver, false);
    const [first] = reader.messages;
    assert.equal(first?.event, 'call.ringing');
    assert.deepEqual(JSON.parse(first?.data ?? ''), {
      seq: 1,
      type: 'call.ringing',
      at: new Date(call.createdAt).toISOString(),
      data: { dialled: '+1415', note: 'a\nb' },
    });
    await write('message.added', 'message.added');
    await until('the live lines', () => reader.ids.length === 4);
    await end();
    await until('the end', () => reader.isOver);
    assert.deepEqual(reader.ids, ['1', '2', '3', '4', '5']);
    assert.equal(reader.messages.at(-1)?.event, 'call.ended');
    await nobodyFollows();
  });

  it('has neither gap nor double while lines are written in a rush', async () => {
    const readers = await Promise.all([open(), open(), open({ 'last-event-id': '1' })]);
    await Promise.all(Array.from({ length: 60 }, () => write('message.added')));
    await end();
    await until('all ends', () => readers.every(({ reader }) => reader.isOver));
    const all = Array.from({ length: 62 }, (_, i) => String(i + 1));
    assert.deepEqual(
      readers.map(({ reader }) => reader.ids),
      [all, all, all.slice(1)],
    );
    await nobodyFollows();
  });

  it('goes on from the last line that a client has, and tells a client that has all not to come back', async () => {
    await write('call.answered', 'message.added');
    await end();
    const { reader, response } = await open({ 'last-event-id': '2' });
    assert.equal(response.status, 200);
    await until('the rest', () => reader.isOver);
    assert.deepEqual(reader.ids, ['3', '4']);
    const again = await open({ 'last-event-id': '4' });
    assert.equal(again.response.status, 204);
    const wrong = await open({ 'last-event-id': 'x' });
    assert.equal(wrong.response.status, 400);
    await until('the body', () => wrong.reader.isOver);
    assert.equal(JSON.parse(wrong.reader.text).error.field, 'Last-Event-ID');
  });

  it('shows that it lives while nothing happens, and forgets a client that leaves', async () => {
    const { reader } = await open();
    await until('the replay', () => reader.ids.length === 1);
    await until('the wait', () => exchange.clock.pendingCount === 1);
    exchange.clock.advance(QUIET_MS);
    await until('a comment', () => reader.text.endsWith(': nothing new\n\n'));
    reader.leave();
    await nobodyFollows();
  });

  it('is for the own org alone, and not for HEAD, whose stream would never end', async () => {
    const url = `${base}/${call.id}/events`;
    const foreign = await EventReader.open(url, exchange.otherKey);
    assert.equal(foreign.response.status, 404);
    const unknown = await EventReader.open(`${base}/${newId()}/events`, exchange.key);
    assert.equal(unknown.response.status, 404);
    assert.equal((await fetch(url)).status, 401);
    const head = await fetch(url, { method: 'HEAD', headers: { authorization: `Bearer ${exchange.key}` } });
    assert.equal(head.status, 404);
    await nobodyFollows();
  });

  it('bounds the streams of an org, and counts those that have ended no more', async () => {
    const opened = await Promise.all(Array.from({ length: 200 }, () => open()));
    assert.ok(opened.every(({ response }) => response.status === 200));
    const refused = await open();
    assert.equal(refused.response.status, 429);
    await end();
    await until('all ends', () => opened.every(({ reader }) => reader.isOver));
    assert.equal((await open()).response.status, 200);
    await nobodyFollows();
  });

  it('does not hold up a shutdown', async () => {
    const other = await openHttpExchange();
    const port = await other.server.listen({ host: '127.0.0.1', port: 0 });
    const waiting = liveCall(other.orgId, 0);
    await other.storage.calls.insert(waiting, [eventOf(waiting, 'call.ringing', 0)]);
    const url = `http://127.0.0.1:${port}/admin/calls/${waiting.id}/events`;
    const { reader } = await EventReader.open(url, other.key);
    await until('the replay', () => reader.ids.length === 1);
    await other.close();
    await until('the end', () => reader.isOver);
    assert.equal(other.live.timelineGrew.size, 0);
  });
});
