import assert from 'node:assert/strict';
import { it } from 'node:test';
import { FakeClock } from '../../lib/fake-clock.ts';
import type { TransportProtocol } from '../session/session.ts';
import { keepFlowAlive } from './flow-keep-alive.ts';

const PAUSES: [protocol: TransportProtocol, fromMs: number, toMs: number][] = [
  ['udp', 24_000, 29_000],
  ['tcp', 95_000, 120_000],
  ['tls', 95_000, 120_000],
];
for (const [protocol, fromMs, toMs] of PAUSES) {
  it(`a ${protocol} flow is pinged each ${fromMs} to ${toMs} ms until it is let go`, () => {
    const clock = new FakeClock();
    const pings: number[] = [];
    const start = clock.monotonic();
    const draws = [0, 1, 0];
    const stop = keepFlowAlive(
      { protocol, address: '192.0.2.1', port: 5060 },
      clock,
      () => pings.push(clock.monotonic() - start),
      () => draws.shift() ?? 0,
    );
    clock.advance(fromMs + toMs);
    assert.deepEqual(pings, [fromMs, fromMs + toMs]);
    stop();
    clock.advance(10 * toMs);
    assert.equal(pings.length, 2);
    assert.equal(clock.pendingCount, 0);
  });
}
