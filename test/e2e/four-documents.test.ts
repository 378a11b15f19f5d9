import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { DOCUMENT_REQUESTS } from '../support/document-requests.ts';
import { startPlainServer } from '../support/plain-server.ts';
import { type RunningExchange, startExchange, TEST_KEY } from '../support/running-exchange.ts';
import { assistant } from '../support/test-agents.ts';
import { openTestPhone, type TestPhone } from '../support/test-phone.ts';

let exchange: RunningExchange;
let phone: TestPhone;

before(async () => {
  exchange = await startExchange({ OFFHOOK_EGRESS_ALLOW: '127.0.0.0/8' });
  phone = await openTestPhone();
});

after(async () => {
  await phone.close();
  await exchange.stop();
});

type Json = Record<string, unknown>;

describe('the request of a document, with every field that it lists', { concurrency: true }, () => {
  for (const [index, [name, make]] of Object.entries(DOCUMENT_REQUESTS).entries()) {
    test(`${name} answers as documented, and a call placed right after hears the change`, async (t) => {
      const server = await startPlainServer({ '/context': { name: 'Ann' } });
      t.after(() => server.close());
      const user = `1415555010${index}`;
      const before = assistant({ name: 'Desk', firstMessage: 'This was before.' });
      const { numberId, assistantId: agentId } = await exchange.numberWith(user, before);
      const setting = { firstMessage: 'Now it has changed.', serverUrl: server.url };
      const request = await make(exchange, { user, numberId, agentId }, setting);
      const reply = await fetch(`${exchange.offhook.httpUrl}${request.path}`, {
        method: request.method,
        headers: { authorization: `Bearer ${TEST_KEY}`, 'content-type': 'application/json' },
        body: JSON.stringify(request.body),
      });
      const shown = (await reply.json()) as Json;
      assert.equal(reply.status, request.status, JSON.stringify(shown));
      const missing = request.keys.filter((key) => !Object.hasOwn(shown, key));
      assert.deepEqual(missing, [], 'keys of the documented reply');
      for (const [key, value] of Object.entries(request.shown)) assert.deepEqual(shown[key], value, key);
      const call = await phone.dial(exchange.uri(user));
      await call.answered;
      await call.nextSpurt(10_000);
      await call.hangup();
      const { artifact } = await exchange.endedCall(numberId);
      assert.deepEqual(
        artifact.messages.filter(({ role }) => role === 'bot').map(({ message }) => message),
        ['Now it has changed.'],
      );
    });
  }
});

test('one number reads rightly in all four', async () => {
  const user = '14155550199';
  const { numberId, assistantId } = await exchange.numberWith(
    user,
    assistant({ name: 'Desk', firstMessage: 'Hello.' }),
    { name: 'Front line' },
  );
  const number = await exchange.api('GET', `/phone-number/${numberId}`);
  const vocode = await exchange.api('GET', `/v1/numbers?phone_number=${user}`);
  const fluents = await exchange.api('GET', `/fluents/v1/numbers?phone_number=${user}`);
  const opencx = await exchange.api('GET', `/phone/${assistantId}`);
  const agentIn = ({ inbound_agent: agent }: Json) => agent as Json;
  assert.deepEqual(
    [number.assistantId, agentIn(vocode).id, agentIn(fluents).id, opencx.id],
    [assistantId, assistantId, assistantId, assistantId],
  );
  assert.deepEqual(
    [agentIn(vocode).initial_message, agentIn(fluents).initial_message, opencx.first_message],
    ['Hello.', 'Hello.', 'Hello.'],
  );
  assert.deepEqual([number.name, fluents.label], ['Front line', 'Front line']);
  assert.deepEqual([vocode.number, String(fluents.number).replace('+', '')], [user, user]);
});
