import assert from 'node:assert/strict';
import { after, before, describe, type TestContext, test } from 'node:test';
import { says } from '../support/fake-openai.ts';
import { type RunningExchange, startExchange } from '../support/running-exchange.ts';
import { modelFor } from '../support/test-agents.ts';
import { openTestPhone, type TestPhone } from '../support/test-phone.ts';

const ORDERS = 'track_order';
const HOURS = 'opening_hours';

let exchange: RunningExchange;
let phone: TestPhone;
/** Ids of the org's tools, by name. */
let tools: Record<string, string>;

before(async () => {
  exchange = await startExchange({ OFFHOOK_EGRESS_ALLOW: '127.0.0.0/8' });
  phone = await openTestPhone();
  const made = async (name: string) => {
    const body = { type: 'function', function: { name, description: 'Asks the shop.' } };
    return (await exchange.api<{ id: string }>('POST', '/tool', body)).id;
  };
  tools = { [ORDERS]: await made(ORDERS), [HOURS]: await made(HOURS) };
});

after(async () => {
  await phone.close();
  await exchange.stop();
});

interface ModelRequest {
  tools?: { function: { name: string } }[];
}

let agents = 0;

/** Makes a phone agent with the first of these actions, patches it with the others, and calls it. @returns what its model may call. */
async function offered(
  t: TestContext,
  ...[made, ...patches]: { actionIds?: string[] | null }[]
): Promise<string[]> {
  const model = await modelFor(t, [says('Good morning.')]);
  const body = { name: 'Desk', custom_llm: model.url, ...made };
  const { id } = await exchange.api<{ id: string }>('POST', '/phone', body);
  for (const patch of patches) await exchange.api('PATCH', `/phone/${id}`, patch);
  // So that the model is asked before the caller has said anything.
  await exchange.api('PATCH', `/assistant/${id}`, {
    firstMessageMode: 'assistant-speaks-first-with-model-generated-message',
  });
  agents += 1;
  const user = `actions-${agents}`;
  const number = { provider: 'vapi', sipUri: `sip:${user}@sip.vapi.ai`, assistantId: id };
  const bound = await exchange.api<{ id: string }>('POST', '/phone-number', number);
  const call = await phone.dial(exchange.uri(user));
  await call.answered;
  await call.nextSpurt(10_000);
  await call.hangup();
  await exchange.endedCall(bound.id);
  const [request] = model.requests;
  assert.ok(request, 'the model was asked');
  return ((request.body as ModelRequest).tools ?? []).map(({ function: { name } }) => name).sort();
}

describe('actionIds of open.cx: the tools that the model of a live call is offered', () => {
  test('[]: none', async (t) => assert.deepEqual(await offered(t, { actionIds: [] }), []));

  test('null: all of the org', async (t) =>
    assert.deepEqual(await offered(t, { actionIds: null }), [HOURS, ORDERS]));

  test('not given: all of the org', async (t) => assert.deepEqual(await offered(t, {}), [HOURS, ORDERS]));

  test('some: those alone', async (t) =>
    assert.deepEqual(await offered(t, { actionIds: [tools[ORDERS] ?? ''] }), [ORDERS]));

  test('null in a change: all again', async (t) =>
    assert.deepEqual(await offered(t, { actionIds: [] }, { actionIds: null }), [HOURS, ORDERS]));

  test('[] in a change: none any more', async (t) =>
    assert.deepEqual(await offered(t, { actionIds: null }, { actionIds: [] }), []));
});
