import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { type RunningExchange, startExchange } from '../support/running-exchange.ts';
import { assistant } from '../support/test-agents.ts';
import { openTestPhone, type TestPhone } from '../support/test-phone.ts';

let exchange: RunningExchange;
let phone: TestPhone;

before(async () => {
  exchange = await startExchange();
  phone = await openTestPhone();
});

after(async () => {
  await phone.close();
  await exchange.stop();
});

type Json = Record<string, unknown>;

interface House {
  /** User part of the SIP URI, digits as a telephone number has them. */
  user: string;
  numberId: string;
  agentId: string;
}

/** The request of each of the four documents: what it changes is what the caller hears first. */
const REQUESTS: Record<string, (house: House, sentence: string) => Promise<unknown>> = {
  'Vapi: PATCH /phone-number/{id}': async ({ numberId }, firstMessage) => {
    const other = await exchange.api<{ id: string }>('POST', '/assistant', assistant({ firstMessage }));
    return exchange.api('PATCH', `/phone-number/${numberId}`, { assistantId: other.id });
  },
  'Vocode: POST /v1/numbers/update': ({ user }, sentence) =>
    exchange.api('POST', `/v1/numbers/update?phone_number=${user}`, {
      inbound_agent: { initial_message: sentence },
    }),
  'Fluents: POST /v1/numbers/update': ({ user }, sentence) =>
    exchange.api('POST', `/fluents/v1/numbers/update?phone_number=${user}`, {
      label: 'Line of Fluents',
      inbound_agent: { initial_message: sentence },
    }),
  'open.cx: PATCH /phone/{phone_agent_id}': ({ agentId }, sentence) =>
    exchange.api('PATCH', `/phone/${agentId}`, { first_message: sentence }),
};

describe('a call placed right after the request of a document hears the change', {
  concurrency: true,
}, () => {
  for (const [index, [name, request]] of Object.entries(REQUESTS).entries()) {
    test(name, async () => {
      const user = `1415555010${index}`;
      const before = assistant({ name: 'Desk', firstMessage: 'This was before.' });
      const { numberId, assistantId: agentId } = await exchange.numberWith(user, before);
      await request({ user, numberId, agentId }, 'Now it has changed.');
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
