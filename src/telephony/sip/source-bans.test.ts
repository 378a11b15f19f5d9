import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { FakeClock } from '../../lib/fake-clock.ts';
import { BAN_MS, SourceBans } from './source-bans.ts';

const GUESSER = '192.0.2.66';
const NEIGHBOUR = '192.0.2.67';

function open() {
  const clock = new FakeClock();
  const banned: string[] = [];
  const bans = new SourceBans(clock, (address) => banned.push(address));
  const fail = (times: number, everyMs = 0) => {
    for (let time = 0; time < times; time += 1) {
      bans.failed(GUESSER);
      clock.advance(everyMs);
    }
  };
  return { clock, banned, bans, fail };
}

describe('a source that fails to authenticate', () => {
  it('is banned at the twentieth time within a minute, alone, for five minutes', () => {
    const { clock, banned, bans, fail } = open();
    fail(19);
    assert.equal(bans.isBanned(GUESSER), false);
    fail(1);
    assert.equal(bans.isBanned(GUESSER), true);
    assert.equal(bans.isBanned(NEIGHBOUR), false);
    assert.deepEqual(banned, [GUESSER]);
    clock.advance(BAN_MS - 1);
    assert.equal(bans.isBanned(GUESSER), true);
    clock.advance(1);
    assert.equal(bans.isBanned(GUESSER), false);
  });

  it('stays banned for what it sent before, and is not banned anew for it', () => {
    const { clock, banned, bans, fail } = open();
    fail(45);
    assert.equal(bans.isBanned(GUESSER), true);
    assert.deepEqual(banned, [GUESSER]);
    clock.advance(BAN_MS);
    assert.equal(bans.isBanned(GUESSER), false);
    fail(19);
    assert.equal(bans.isBanned(GUESSER), false);
  });

  it('starts from nothing after its ban', () => {
    const { clock, banned, bans, fail } = open();
    fail(20);
    clock.advance(BAN_MS);
    fail(19);
    assert.equal(bans.isBanned(GUESSER), false);
    fail(1);
    assert.deepEqual(banned, [GUESSER, GUESSER]);
  });

  it('may go on where it fails less often', () => {
    const { banned, fail } = open();
    fail(200, 3_200);
    assert.deepEqual(banned, []);
  });

  it('does not make us remember every address there is', () => {
    const { bans, fail } = open();
    fail(20);
    for (let index = 0; index < 10_000; index += 1) bans.failed(`10.0.${index >> 8}.${index & 255}`);
    assert.equal(bans.isBanned(GUESSER), false);
  });
});
