import assert from 'node:assert/strict';
import { test } from 'node:test';
import { TransactionTurns } from './transaction-turns.ts';

function recorded() {
  const turns = new TransactionTurns();
  const started: string[] = [];
  return {
    turns,
    started,
    single: (name: string) => turns.single(() => started.push(name)),
    exclusive: (name: string) => turns.exclusive(() => started.push(name)),
  };
}

test('single statements start at once, side by side', () => {
  const { started, single } = recorded();
  single('a');
  single('b');
  assert.deepEqual(started, ['a', 'b']);
});

test('a transaction holds back all others, which then go in the order of asking', () => {
  const { turns, started, single, exclusive } = recorded();
  exclusive('T1');
  single('a');
  exclusive('T2');
  single('b');
  single('c');
  assert.deepEqual(started, ['T1']);
  turns.release();
  assert.deepEqual(started, ['T1', 'a', 'T2']);
  turns.release();
  assert.deepEqual(started, ['T1', 'a', 'T2', 'b', 'c']);
  single('d');
  assert.equal(started.at(-1), 'd');
});

test('who asks from within a start that follows a release still waits for the transaction before it', () => {
  const turns = new TransactionTurns();
  const started: string[] = [];
  turns.exclusive(() => started.push('T1'));
  turns.single(() => {
    started.push('a');
    turns.single(() => started.push('late'));
  });
  turns.exclusive(() => started.push('T2'));
  turns.release();
  assert.deepEqual(started, ['T1', 'a', 'T2']);
  turns.release();
  assert.deepEqual(started, ['T1', 'a', 'T2', 'late']);
});
