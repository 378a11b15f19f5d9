import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { WatchedEmitter } from './watched-emitter.ts';

describe('a watched emitter', () => {
  it('tells when the first listener comes and when the last has left, and nothing between', () => {
    const told: boolean[] = [];
    const emitter = new WatchedEmitter<number>((isListenedTo) => told.push(isListenedTo));
    const heard: number[] = [];
    const listener = (value: number) => heard.push(value);
    const stop = emitter.on(listener);
    const stopOther = emitter.on(() => {});
    emitter.emit(1);
    stop();
    stop();
    assert.deepEqual(told, [true]);
    stopOther();
    stopOther();
    assert.deepEqual(told, [true, false]);
    emitter.emit(2);
    emitter.on(listener);
    emitter.emit(3);
    assert.deepEqual(told, [true, false, true]);
    assert.deepEqual(heard, [1, 3]);
  });
});
