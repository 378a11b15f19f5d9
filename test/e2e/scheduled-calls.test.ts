import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { silentLogger } from '../../src/lib/logger.ts';
import { createMediaPool } from '../../src/media/media-pool.ts';
import { Callee } from '../../src/phone/callee.ts';
import { OWN_NUMBER, trunkTo } from '../support/outbound-scene.ts';
import { type CallView, startExchange } from '../support/running-exchange.ts';
import { until } from '../support/until.ts';

const PHONE_PORTS = { from: 27_400, to: 27_499 };
/** Long enough that the exchange is down when the call is due. */
const LATER_MS = 3_000;

test('a scheduled call outlives the process, and is placed once by the next; one that is too late is not', async (context) => {
  const dataDir = await mkdtemp(join(tmpdir(), 'offhook-schedule-'));
  const media = createMediaPool({ workers: 1, ports: PHONE_PORTS, logger: silentLogger });
  const parts = { bindAddress: '127.0.0.1', media, logger: silentLogger };
  const operator = await Callee.open({ ...parts, manner: { does: 'refuse', status: 486 } });
  context.after(async () => {
    await operator.close();
    await media.close();
    await rm(dataDir, { recursive: true, force: true });
  });
  const settings = { OFFHOOK_DATA_DIR: dataDir, OFFHOOK_EGRESS_ALLOW: '127.0.0.0/8' };
  const first = await startExchange(settings);
  const trunk = await first.api<{ id: string }>('POST', '/credential', trunkTo(operator.port));
  const number = { provider: 'byo-phone-number', number: OWN_NUMBER, credentialId: trunk.id };
  const { id: phoneNumberId } = await first.api<{ id: string }>('POST', '/phone-number', number);
  const dueAt = Date.now() + LATER_MS;
  const order = (to: string, plan: object) =>
    first.api<{ id: string; status: string }>('POST', '/call', {
      phoneNumberId,
      customer: { number: to },
      assistant: { firstMessage: 'Hello.' },
      schedulePlan: { earliestAt: new Date(dueAt).toISOString(), ...plan },
    });
  const call = await order('+14155551901', {});
  const late = await order('+14155551902', { latestAt: new Date(dueAt).toISOString() });
  assert.deepEqual([call.status, late.status], ['scheduled', 'scheduled']);
  await first.stop();
  assert.equal(operator.calls.length, 0);
  await until('the time has passed', () => Date.now() > dueAt);

  const second = await startExchange(settings);
  context.after(() => second.stop());
  const endOf = (id: string) =>
    until('the call has ended', async () => {
      const found = await second.api<CallView>('GET', `/call/${id}`);
      return found.status === 'ended' && found.endedReason;
    });
  assert.equal(await endOf(call.id), 'customer-busy');
  assert.equal(await endOf(late.id), 'call.start.error-get-resources-validation');
  assert.deepEqual(
    operator.calls.map(({ session }) => session.request.uri.user),
    ['+14155551901'],
  );
});
