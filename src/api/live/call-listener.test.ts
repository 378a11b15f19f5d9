import assert from 'node:assert/strict';
import { EventEmitter } from 'node:events';
import { test } from 'node:test';
import type { WebSocket } from 'ws';
import { FakeLiveCall } from '../../../test/support/fake-live-call.ts';
import { liveCall } from '../../../test/support/sample-call.ts';
import { FakeClock } from '../../lib/fake-clock.ts';
import { CallListener } from './call-listener.ts';

/** 100 ms of both sides at 8 kHz, which become 3200 bytes. */
const BLOCK = new Int16Array(1600);
const FULL_BYTES = 128 * 1024;

/** A socket whose backlog the test sets. */
class FakeSocket extends EventEmitter {
  readonly OPEN = 1;
  readyState = 1;
  bufferedAmount = 0;
  readonly texts: string[] = [];
  audio = 0;

  send(data: string | Buffer): void {
    if (typeof data === 'string') this.texts.push(data);
    else this.audio += 1;
  }

  terminate(): void {
    if (this.readyState !== this.OPEN) return;
    this.readyState = 3;
    this.emit('close');
  }
}

function listen() {
  const socket = new FakeSocket();
  const live = new FakeLiveCall(liveCall('o1', 0));
  const clock = new FakeClock();
  let closed = 0;
  const listener = new CallListener({
    socket: socket as unknown as WebSocket,
    live,
    channels: 1,
    clock,
    closed: () => {
      closed += 1;
    },
  });
  const say = (text: string) => live.notices.emit({ type: 'transcribed', role: 'user', text, isFinal: true });
  return { socket, live, clock, say, listener, closed: () => closed };
}

test('a slow listener misses audio and no text, and hears again once it has caught up', () => {
  const { socket, live, say } = listen();
  live.hear(BLOCK);
  assert.equal(socket.audio, 1);
  socket.bufferedAmount = FULL_BYTES;
  for (let i = 0; i < 200; i += 1) live.hear(BLOCK);
  say('still here');
  assert.equal(socket.audio, 1);
  assert.match(socket.texts.at(-1) ?? '', /still here/);
  socket.bufferedAmount = 0;
  for (let i = 0; i < 5; i += 1) live.hear(BLOCK);
  assert.equal(socket.audio, 6);
  socket.bufferedAmount = FULL_BYTES;
  for (let i = 0; i < 200; i += 1) live.hear(BLOCK);
  assert.equal(socket.readyState, socket.OPEN, 'what was missed before the catching up no longer counts');
});

test('a listener that misses twenty seconds of audio on end is cut off, and leaves nothing behind', () => {
  const { socket, live, clock, closed } = listen();
  socket.bufferedAmount = FULL_BYTES;
  for (let i = 0; i < 201; i += 1) live.hear(BLOCK);
  assert.equal(closed(), 1);
  assert.equal(live.tapCount + live.notices.size + clock.pendingCount, 0);
});

test('a listener that lets a megabyte of text wait is cut off', () => {
  const { socket, say, closed } = listen();
  socket.bufferedAmount = 1024 * 1024;
  say('just in time');
  assert.equal(closed(), 0);
  socket.bufferedAmount += 1;
  say('too late');
  assert.equal(closed(), 1);
  assert.doesNotMatch(socket.texts.join(), /too late/);
});
