import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { HookAction, PhoneNumber } from '../../domain/numbers/number.ts';
import { ringingVerdict } from './number-hooks.ts';

const to = (user: string) => ({ type: 'sip', sipUri: `sip:${user}@pbx.example` }) as const;
const transfer = (user: string): HookAction => ({ type: 'transfer', destination: to(user) });
const verdict = (...actions: HookAction[]) =>
  ringingVerdict({ hooks: [{ on: 'call.ringing', actions }] } as unknown as PhoneNumber, {}).action;

test('transfers behind the first one are whom to try next', () => {
  assert.deepEqual(verdict(transfer('a'), transfer('b'), transfer('c')), {
    type: 'transfer',
    destination: to('a'),
    next: [to('b'), to('c')],
  });
});

test('of other actions the first counts, and ends the list', () => {
  const say: HookAction = { type: 'say', exact: 'Closed.' };
  assert.deepEqual(verdict(transfer('a'), say, transfer('b')), transfer('a'));
  assert.deepEqual(verdict(say, transfer('a')), say);
});
