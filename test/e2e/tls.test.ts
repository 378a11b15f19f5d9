import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { withHearing } from '../support/hearing.ts';
import { type RunningExchange, startExchange } from '../support/running-exchange.ts';
import { assistant } from '../support/test-agents.ts';
import { CA, CERT_PATH, KEY_PATH } from '../support/test-certificate.ts';
import { openTestPhone, type TestPhone } from '../support/test-phone.ts';

const GREETING = 'Hello, this is the bakery. How can I help you?';
const OTHER = 'We are open from seven to six.';

let exchange: RunningExchange;
let phone: TestPhone;

before(async () => {
  exchange = await startExchange({
    OFFHOOK_SIPS_PORT: '0',
    OFFHOOK_TLS_CERT: CERT_PATH,
    OFFHOOK_TLS_KEY: KEY_PATH,
  });
  phone = await openTestPhone({ ca: CA });
});

after(async () => {
  await phone.close();
  await exchange.stop();
});

function place(user: string): string {
  const { sipsPort } = exchange.offhook;
  assert.ok(sipsPort, 'the exchange tells the port of TLS');
  return `${user}@127.0.0.1:${sipsPort}`;
}

describe('a call over TLS', { concurrency: true }, async () => {
  test('is answered, hears the greeting, and is ended by the caller', await withHearing(), async () => {
    const { numberId } = await exchange.numberWith('bakery', assistant({ firstMessage: GREETING }));
    const call = await phone.dial(`sip:${place('bakery')}`, { protocol: 'tls' });
    await call.answered;
    assert.match(
      await phone.understand(await call.nextSpurt(10_000), [GREETING, OTHER]),
      /this is the bakery/,
    );
    await call.hangup();
    const record = await exchange.endedCall(numberId);
    assert.equal(record.endedReason, 'customer-ended-call');
  });

  test('to a SIPS URI is ended by the exchange on the connection that the caller made', async () => {
    const { numberId } = await exchange.numberWith(
      'closing',
      assistant({ firstMessage: 'Hello there.', maxDurationSeconds: 10 }),
    );
    const call = await phone.dial(`sips:${place('closing')}`);
    await call.answered;
    const end = await call.whenEnded(20_000);
    assert.equal(end.by, 'peer', 'the exchange says BYE');
    await call.hangup();
    assert.equal((await exchange.endedCall(numberId)).endedReason, 'exceeded-max-duration');
  });

  test('is refused like any other where nobody has the number', async () => {
    const call = await phone.dial(`sips:${place('nobody')}`);
    await assert.rejects(call.answered, { status: 404 });
  });

  test('is not made by a caller who does not trust the certificate', async () => {
    const stranger = await openTestPhone();
    try {
      const call = await stranger.dial(`sips:${place('bakery')}`);
      await assert.rejects(call.answered, { status: 503, message: /unable to verify/ });
    } finally {
      await stranger.close();
    }
  });
});
