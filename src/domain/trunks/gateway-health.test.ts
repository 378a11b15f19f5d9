import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { freshHealth, type GatewayHealth, healthAfter } from './gateway-health.ts';

/** The states after each status in turn; undefined stands for silence. */
function states(...statuses: (number | undefined)[]): string[] {
  let health: GatewayHealth = freshHealth(0);
  return statuses.map((status, at) => {
    health = healthAfter(health, { status }, at + 1);
    return health.state;
  });
}

describe('the health of a gateway', () => {
  it('is up after one final response of any kind', () => {
    for (const status of [200, 302, 404, 405, 486, 501, 603]) assert.deepEqual(states(status), ['up']);
  });

  it('is down after two failures in a row, silence or 503, and not after one', () => {
    assert.deepEqual(states(undefined, 503), ['unknown', 'down']);
    assert.deepEqual(states(200, undefined, undefined), ['up', 'up', 'down']);
    assert.deepEqual(states(200, undefined, 200, undefined), ['up', 'up', 'up', 'up']);
  });

  it('stays down until it answers, then is up at once', () => {
    assert.deepEqual(states(503, 503, 503, 200), ['unknown', 'down', 'down', 'up']);
  });

  it('tells since when, the last status and what went wrong', () => {
    const first = healthAfter(freshHealth(0), { status: 200 }, 10);
    const second = healthAfter(first, { status: 404 }, 20);
    assert.deepEqual(second, { state: 'up', failures: 0, since: 10, checkedAt: 20, lastStatus: 404 });
    const silent = healthAfter(second, { error: 'no response' }, 30);
    assert.deepEqual(silent, {
      state: 'up',
      failures: 1,
      since: 10,
      checkedAt: 30,
      lastError: 'no response',
    });
    assert.equal(healthAfter(silent, { error: 'no response' }, 40).since, 40);
  });
});
