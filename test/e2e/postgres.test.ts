import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import pg from 'pg';
import { withHearing } from '../support/hearing.ts';
import { startPostgres, type TestPostgres } from '../support/postgres.ts';
import { type RunningExchange, startExchange } from '../support/running-exchange.ts';
import { assistant, scripted } from '../support/test-agents.ts';
import { openTestPhone, type TestPhone } from '../support/test-phone.ts';

const GREETING = 'Hello, this is the bakery.';
const HOURS = 'We are open from seven to six.';

let postgres: TestPostgres;
let exchange: RunningExchange;
let phone: TestPhone;

before(async () => {
  postgres = await startPostgres();
  exchange = await startExchange({ OFFHOOK_DATABASE_URL: postgres.url });
  phone = await openTestPhone();
});

after(async () => {
  await phone?.close();
  await exchange?.stop();
  await postgres?.stop();
});

test(
  'a call on PostgreSQL is answered, and its record stands in the database',
  await withHearing(),
  async () => {
    assert.equal(exchange.offhook.store, 'PostgreSQL');
    const model = scripted(`Opening hours: ${HOURS}`);
    const { numberId } = await exchange.numberWith('stored', assistant({ firstMessage: GREETING, model }));
    const call = await phone.dial(exchange.uri('stored'));
    await call.answered;
    await call.nextSpurt(10_000);
    const answer = call.nextSpurt(30_000);
    await phone.say(call, 'What are your opening hours?');
    assert.match(await phone.understand(await answer, [GREETING, HOURS]), /open from seven to six/);
    await call.hangup();
    const record = await exchange.endedCall(numberId);
    assert.equal(record.endedReason, 'customer-ended-call');
    assert.match(record.artifact.transcript ?? '', /AI: We are open from seven to six\.\n$/);
    const types = (await exchange.timeline(record.id)).map(({ type }) => type);
    assert.deepEqual([types.at(0), types.at(-1)], ['call.ringing', 'call.ended']);

    const client = new pg.Client({ connectionString: postgres.url });
    await client.connect();
    try {
      const { rows } = await client.query('select status from calls where id = $1', [record.id]);
      assert.deepEqual(rows, [{ status: 'ended' }]);
    } finally {
      await client.end();
    }
  },
);
