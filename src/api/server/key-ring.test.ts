import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { hashApiKey } from '../../domain/orgs/api-key.ts';
import type { ApiKey } from '../../domain/orgs/org.ts';
import type { OrgRepository } from '../../domain/orgs/org-repository.ts';
import { FakeClock } from '../../lib/fake-clock.ts';
import { UnauthorizedError } from './failure.ts';
import { KeyRing } from './key-ring.ts';
import { KEY_CACHE_TTL_MS, MAX_KEY_LENGTH } from './limits.ts';

const KEY: ApiKey = { id: 'k1', orgId: 'o1', prefix: 'se', createdAt: 0 };

function ring() {
  const clock = new FakeClock();
  const asked: string[] = [];
  const living = new Set([hashApiKey('secret')]);
  const orgs = {
    findKey: async (hash: string) => {
      asked.push(hash);
      return living.has(hash) ? KEY : undefined;
    },
  } as unknown as OrgRepository;
  return { clock, asked, living, keys: new KeyRing(orgs, clock) };
}

const rejected = (reason: string) => (error: unknown) =>
  error instanceof UnauthorizedError && error.reason === reason;

describe('KeyRing', () => {
  it('asks the store by hash, once for a moment', async () => {
    const { clock, asked, keys } = ring();
    assert.equal(await keys.authenticate('Bearer secret'), KEY);
    assert.equal(await keys.authenticate('bearer  secret '), KEY);
    assert.deepEqual(asked, [hashApiKey('secret')]);
    clock.advance(KEY_CACHE_TTL_MS);
    await keys.authenticate('Bearer secret');
    assert.equal(asked.length, 2);
  });

  it("honours another process's revocation after the cache's time, its own at once", async () => {
    const { clock, living, keys } = ring();
    await keys.authenticate('Bearer secret');
    living.clear();
    assert.equal(await keys.authenticate('Bearer secret'), KEY);
    clock.advance(KEY_CACHE_TTL_MS);
    await assert.rejects(keys.authenticate('Bearer secret'), rejected('key-invalid'));

    living.add(hashApiKey('secret'));
    await keys.authenticate('Bearer secret');
    living.clear();
    keys.forget(KEY.id);
    await assert.rejects(keys.authenticate('Bearer secret'), rejected('key-invalid'));
  });

  it('tells a missing key from a wrong one, and never remembers a wrong one', async () => {
    const { asked, keys } = ring();
    for (const header of [undefined, '', '  ']) {
      await assert.rejects(keys.authenticate(header), rejected('key-missing'));
    }
    for (const header of [
      'Bearer',
      'Bearer ',
      'Basic c2VjcmV0',
      'secret',
      `Bearer ${'x'.repeat(MAX_KEY_LENGTH + 1)}`,
    ]) {
      await assert.rejects(keys.authenticate(header), rejected('key-invalid'));
    }
    assert.deepEqual(asked, []);
    await assert.rejects(keys.authenticate('Bearer wrong'), rejected('key-invalid'));
    await assert.rejects(keys.authenticate('Bearer wrong'), rejected('key-invalid'));
    assert.equal(asked.length, 2);
  });
});
