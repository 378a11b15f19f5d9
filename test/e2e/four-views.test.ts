import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { type RunningExchange, startExchange } from '../support/running-exchange.ts';
import { openTestPhone, type TestPhone } from '../support/test-phone.ts';
import { fluents } from '../support/views/fluents.ts';
import { opencx } from '../support/views/opencx.ts';
import { vapi } from '../support/views/vapi.ts';
import type { Json, View, Words } from '../support/views/view.ts';
import { vocode } from '../support/views/vocode.ts';

const VIEWS = [vapi, vocode, fluents, opencx];
const PAIRS = VIEWS.flatMap((here) => VIEWS.filter((there) => there !== here).map((there) => [here, there]));

const FIRST = { name: 'Bakery', firstMessage: 'Good morning.', prompt: 'You sell bread.' };
const SECOND = { name: 'Tea room', firstMessage: 'Good afternoon.', prompt: 'You pour tea.' };
const THIRD = { name: 'Night desk', firstMessage: 'Good night.', prompt: 'You lock the doors.' };

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

for (const [index, [here, there]] of PAIRS.entries()) {
  if (here === undefined || there === undefined) throw new TypeError('a pair has two views');
  describe(`an agent and its number made through ${here.title}, and ${there.title}`, () => {
    const address = `+1415555${String(100 + index).padStart(4, '0')}`;
    /** Words that both have. */
    const common = here.words.filter((word) => there.words.includes(word));
    let agentId: string;

    before(async () => {
      agentId = await here.make(exchange.api, FIRST);
      await here.bind(exchange.api, agentId, { address, label: 'Front desk' });
    });

    test(`${there.title} shows ${spoken(common)} as ${here.title} has them`, async () => {
      const seen = there.wordsOf(await there.whole(exchange.api, agentId));
      assert.deepEqual(picked(seen, common), picked(FIRST, common));
    });

    test(`${there.title} shows the number, and that this agent answers it`, async () => {
      const seen = await there.number(exchange.api, agentId, address);
      const label = there.labelsNumbers ? { label: 'Front desk' } : {};
      assert.deepEqual(seen, { address, agentId, ...label });
    });

    test('a call to the number over its trunk is answered by the agent, with its first message', async () => {
      const { id } = await vapi.wholeNumber(exchange.api, agentId, address);
      const call = await phone.dial(exchange.uri(address));
      await call.answered;
      await call.nextSpurt(20_000);
      await call.hangup();
      const { artifact, assistantId } = await exchange.endedCall(String(id));
      assert.equal(assistantId, agentId);
      const spokenFirst = artifact.messages.find(({ role }) => role === 'bot');
      assert.equal(spokenFirst?.message, FIRST.firstMessage);
    });

    test(`${spoken(common)} changed through ${there.title} are changed in ${here.title}; no other field is, nor the number`, async () => {
      const { api } = exchange;
      const agent = await here.whole(api, agentId);
      const number = await here.wholeNumber(api, agentId, address);
      await there.change(api, agentId, picked(SECOND, there.words));
      const seen = there.wordsOf(await there.whole(api, agentId));
      assert.deepEqual(picked(seen, there.words), picked(SECOND, there.words));
      const expected = here.expected(agent, picked(SECOND, common));
      assert.deepEqual(still(here, await here.whole(api, agentId)), still(here, expected));
      assert.deepEqual(await here.wholeNumber(api, agentId, address), number);
    });

    test(`one field changed through ${there.title} leaves the others in both`, async () => {
      const { api } = exchange;
      const [before, beforeThere] = [await here.whole(api, agentId), await there.whole(api, agentId)];
      await there.change(api, agentId, { name: 'Only the name' });
      const expected = here.expected(before, { name: 'Only the name' });
      assert.deepEqual(still(here, await here.whole(api, agentId)), still(here, expected));
      const expectedThere = there.expected(beforeThere, { name: 'Only the name' });
      assert.deepEqual(still(there, await there.whole(api, agentId)), still(there, expectedThere));
    });

    if (here.labelsNumbers && there.labelsNumbers) {
      test(`the number's label changed through ${there.title} is changed in ${here.title}; its agent and all else stay`, async () => {
        const { api } = exchange;
        const number = await here.wholeNumber(api, agentId, address);
        await there.labelNumber(api, agentId, address, 'Back door');
        const seen = await here.number(api, agentId, address);
        assert.deepEqual(seen, { address, agentId, label: 'Back door' });
        const { name: _, label: __, updatedAt: ___, ...rest } = await here.wholeNumber(api, agentId, address);
        assert.deepEqual({ ...number, ...rest }, number);
      });
    }

    test(`what only ${there.title} and what only ${here.title} has survives changes through the other`, async () => {
      const { api } = exchange;
      await there.addExtras(api, agentId);
      assert.deepEqual(picked(await here.whole(api, agentId), Object.keys(here.extras)), here.extras);
      const before = await there.whole(api, agentId);
      assert.deepEqual(picked(before, Object.keys(there.extras)), there.extras);
      await here.change(api, agentId, picked(THIRD, here.words));
      const expected = there.expected(before, picked(THIRD, common));
      assert.deepEqual(still(there, await there.whole(api, agentId)), still(there, expected));
      assert.deepEqual(picked(await here.whole(api, agentId), Object.keys(here.extras)), here.extras);
    });
  });
}

describe('where the views differ in form', () => {
  test('a tool that stands in an agent of Vapi stays there after a change through Vocode', async () => {
    const { api } = exchange;
    const messages = [{ role: 'system', content: FIRST.prompt }];
    const model = { provider: 'openai', model: 'gpt-4o', messages, tools: [{ type: 'endCall' }] };
    const id = String((await api('POST', '/assistant', { name: FIRST.name, model })).id);
    await vocode.change(api, id, { name: SECOND.name });
    assert.deepEqual((await vapi.whole(api, id)).model, model);
  });

  test('a first message that open.cx sets is spoken first, also where the agent waited for the caller', async () => {
    const { api } = exchange;
    const body = { name: FIRST.name, firstMessageMode: 'assistant-waits-for-user' };
    const id = String((await api('POST', '/assistant', body)).id);
    await opencx.change(api, id, { name: SECOND.name });
    assert.equal((await vapi.whole(api, id)).firstMessageMode, 'assistant-waits-for-user');
    await opencx.change(api, id, { firstMessage: SECOND.firstMessage });
    assert.equal((await vapi.whole(api, id)).firstMessageMode, 'assistant-speaks-first');
  });

  test('an agent that open.cx makes to place calls stays one after changes through the others', async () => {
    const { api } = exchange;
    const { id } = await api('POST', '/opencx/phone', { name: FIRST.name, type: 'outbound' });
    for (const view of [vapi, vocode, fluents]) await view.change(api, String(id), { name: view.title });
    assert.equal((await opencx.whole(api, String(id))).type, 'outbound');
  });

  test('a delay in milliseconds of Fluents is one in seconds of Vocode, and the other way', async () => {
    const { api } = exchange;
    const { id } = await api('POST', '/fluents/v1/agents/create', { initial_message_delay: 1250 });
    assert.equal((await vocode.whole(api, String(id))).initial_message_delay, 1.25);
    await api('POST', `/vocode/v1/agents/update?id=${id}`, { initial_message_delay: 0.5 });
    assert.equal((await fluents.whole(api, String(id))).initial_message_delay, 500);
  });

  test('a shared prompt of Fluents stays what it is when Vapi changes the text of one agent; Vocode changes it for both', async () => {
    const { api } = exchange;
    const prompt = await api('POST', '/fluents/v1/prompts/create', { content: FIRST.prompt });
    const make = async () =>
      String((await api('POST', '/fluents/v1/agents/create', { prompt: prompt.id })).id);
    const promptOf = async (id: string) => (await api('GET', `/fluents/v1/agents?id=${id}`)).prompt as Json;
    const [one, other] = [await make(), await make()];
    await vapi.change(api, one, { prompt: SECOND.prompt });
    const own = await promptOf(one);
    assert.equal(own.content, SECOND.prompt);
    assert.notEqual(own.id, prompt.id);
    assert.deepEqual(await promptOf(other), prompt);
    const third = await make();
    await vocode.change(api, other, { prompt: THIRD.prompt });
    assert.deepEqual(await promptOf(other), { ...prompt, content: THIRD.prompt });
    assert.deepEqual(await promptOf(third), { ...prompt, content: THIRD.prompt });
  });

  test("a webhook's event of Fluents is not shown by Vocode, and stays when that changes the others", async () => {
    const { api } = exchange;
    const webhook = {
      url: 'https://mine.example/f',
      method: 'POST',
      subscriptions: ['event_message', 'event_error'],
    };
    const { id } = await api('POST', '/fluents/v1/agents/create', { webhook });
    const shown = async (view: View) => ((await view.whole(api, String(id))).webhook as Json).subscriptions;
    assert.deepEqual(await shown(vocode), ['event_message']);
    await api('POST', `/vocode/v1/agents/update?id=${id}`, { webhook: { subscriptions: ['event_action'] } });
    assert.deepEqual(await shown(fluents), ['event_action', 'event_error']);
  });

  test('noise suppression is one switch of Vocode and Fluents, whichever set it last', async () => {
    const { api } = exchange;
    const { id } = await api('POST', '/fluents/v1/agents/create', { noise_suppression: true });
    assert.equal((await vocode.whole(api, String(id))).noise_suppression, true);
    await api('POST', `/vocode/v1/agents/update?id=${id}`, { noise_suppression: false });
    assert.equal((await fluents.whole(api, String(id))).noise_suppression, false);
    await api('POST', `/fluents/v1/agents/update?id=${id}`, { noise_suppression: true });
    assert.equal((await vocode.whole(api, String(id))).noise_suppression, true);
  });

  test('the model of an agent that names none is taken by Vapi as Vapi shows it', async () => {
    const { api } = exchange;
    const voice = { type: 'voice_azure', voice_name: 'en-US-JennyNeural' };
    const agent = await api('POST', `/vocode/v1/agents/create`, { prompt: FIRST.prompt, voice });
    const { model } = await vapi.whole(api, String(agent.id));
    await api('PATCH', `/assistant/${agent.id}`, { model });
  });
});

function spoken(words: readonly (keyof Words)[]): string {
  const names = { name: 'name', firstMessage: 'first message', prompt: 'prompt text' };
  return words.map((word) => names[word]).join(', ');
}

function picked<T extends object>(from: T, keys: readonly string[]): Partial<T> {
  return Object.fromEntries(Object.entries(from).filter(([key]) => keys.includes(key))) as Partial<T>;
}

/** A view without the fields that change with every change. */
function still({ restless }: View, whole: Json): Json {
  return Object.fromEntries(Object.entries(whole).filter(([key]) => !restless.includes(key)));
}
