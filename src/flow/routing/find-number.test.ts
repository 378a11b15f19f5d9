import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { PhoneNumber } from '../../domain/numbers/number.ts';
import { findNumber } from './find-number.ts';

const NUMBER: PhoneNumber = {
  id: 'n1',
  orgId: 'o1',
  carrier: 'sip',
  e164CheckEnabled: true,
  status: 'active',
  binding: {},
  extras: {},
  createdAt: 0,
  updatedAt: 0,
};
function directory(sipUsers: Record<string, string>, addresses: Record<string, string>) {
  const make = (id: string | undefined) => (id === undefined ? undefined : { ...NUMBER, id });
  return {
    findBySipUser: async (user: string) => make(sipUsers[user.toLowerCase()]),
    findByAddress: async (address: string) => {
      const found = make(addresses[address]);
      return found ? [found] : [];
    },
  };
}

test('an INVITE finds its number by SIP user first, then by digits with or without plus', async () => {
  const numbers = directory(
    { demo: 'by-user', '4915112345678': 'uri-of-digits' },
    { '+12025550123': 'did', '1234': 'extension' },
  );
  assert.equal((await findNumber(numbers, 'Demo'))?.id, 'by-user');
  assert.equal((await findNumber(numbers, '12025550123'))?.id, 'did');
  assert.equal((await findNumber(numbers, '+12025550123'))?.id, 'did');
  assert.equal((await findNumber(numbers, '4915112345678'))?.id, 'uri-of-digits');
  assert.equal((await findNumber(numbers, '1234'))?.id, 'extension');
  assert.equal(await findNumber(numbers, 'nobody'), undefined);
  assert.equal(await findNumber(numbers, ''), undefined);
});
