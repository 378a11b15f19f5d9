import assert from 'node:assert/strict';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { ApiClient } from '../../src/import/api-client.ts';
import { fluents } from '../../src/import/fluents.ts';
import { type ImportRow, importHouse } from '../../src/import/import-house.ts';
import { Ledger } from '../../src/import/ledger.ts';
import type { SourceDialect } from '../../src/import/source-dialect.ts';
import { vapi } from '../../src/import/vapi.ts';
import { systemClock } from '../../src/lib/clock.ts';
import { Secret } from '../../src/lib/secret.ts';
import { type RunningExchange, startExchange, TEST_KEY } from '../support/running-exchange.ts';
import { assistant } from '../support/test-agents.ts';
import { openTestPhone, type TestPhone } from '../support/test-phone.ts';

const HEARD_MS = 10_000;

let there: RunningExchange;
let here: RunningExchange;
let phone: TestPhone;

before(async () => {
  [there, here] = await Promise.all([startExchange(), startExchange()]);
  phone = await openTestPhone();
});

after(async () => {
  await phone.close();
  await Promise.all([there.stop(), here.stop()]);
});

async function run(dialect: SourceDialect): Promise<ImportRow[]> {
  const key = new Secret(TEST_KEY);
  const baseUrl = dialect === vapi ? there.offhook.httpUrl : `${there.offhook.httpUrl}/${dialect.api}`;
  return importHouse({
    dialect,
    source: new ApiClient({ baseUrl, key, clock: systemClock }),
    target: new ApiClient({ baseUrl: here.offhook.httpUrl, key, clock: systemClock }),
    ledger: await Ledger.open(join(here.dataDir, `imports-${dialect.name}.json`)),
    given: new Map(),
    isDryRun: false,
  });
}

/** What the caller of a number of the importing exchange hears of its agent. */
async function heardFrom(user: string, numberId: string): Promise<string[]> {
  const call = await phone.dial(here.uri(user));
  await call.answered;
  await call.nextSpurt(HEARD_MS);
  await call.hangup();
  const { artifact } = await here.endedCall(numberId);
  return artifact.messages.filter(({ role }) => role === 'bot').map(({ message }) => message);
}

async function idsHere(): Promise<string[]> {
  const paths = ['/phone-number', '/assistant', '/tool', '/credential'];
  const lists = await Promise.all(paths.map((path) => here.api<{ id: string }[]>('GET', path)));
  return lists.flat().map(({ id }) => id);
}

test('the number of an imported house is answered by its agent, and a second run makes no twins', async () => {
  const sentence = 'You have reached the house.';
  const source = await there.numberWith('house', assistant({ name: 'Desk', firstMessage: sentence }));
  const created = await run(vapi);
  const number = created.find(({ sourceId }) => sourceId === source.numberId);
  assert.ok(number?.outcome === 'created' && number.id !== undefined, JSON.stringify(created));
  assert.deepEqual(await heardFrom('house', number.id), [sentence]);

  const before = await idsHere();
  const again = await run(vapi);
  assert.deepEqual([...new Set(again.map(({ outcome }) => outcome))], ['unchanged'], JSON.stringify(again));
  assert.deepEqual(await idsHere(), before);

  await there.api('PATCH', `/assistant/${source.assistantId}`, { firstMessage: 'The house has moved.' });
  await run(vapi);
  assert.deepEqual(await heardFrom('house', number.id), ['The house has moved.']);
});

test('an agent that comes by another API answers where it is bound to a number here', async () => {
  const sentence = 'This came from afar.';
  const agent = await there.api('POST', '/fluents/v1/agents/create', {
    name: 'Afar',
    initial_message: sentence,
  });
  const rows = await run(fluents);
  const imported = rows.find(({ sourceId }) => sourceId === agent.id);
  assert.equal(imported?.outcome, 'created', JSON.stringify(rows));
  const number = await here.api<{ id: string }>('POST', '/phone-number', {
    provider: 'vapi',
    sipUri: 'sip:afar@sip.vapi.ai',
    assistantId: imported?.id,
  });
  assert.deepEqual(await heardFrom('afar', number.id), [sentence]);
});
