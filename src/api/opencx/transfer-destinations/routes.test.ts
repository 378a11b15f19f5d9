import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { type HttpExchange, openHttpExchange } from '../../../../test/support/http-exchange.ts';

const URL = '/phone/sip/transfer-destinations';
const SALES = { name: 'Sales', type: 'phone', value: '+14155550123' };
const DESK = { name: 'Front desk', type: 'sip', value: 'sip:desk@pbx.example' };

describe(URL, () => {
  let exchange: HttpExchange;

  before(async () => {
    exchange = await openHttpExchange();
  });
  after(() => exchange.close());

  async function posted(url: string, body: object, status = 200): Promise<Record<string, unknown>> {
    const reply = await exchange.inject('POST', url, body);
    assert.equal(reply.status, status, reply.text);
    return reply.body as Record<string, unknown>;
  }
  const agentsPlaces = async (id: unknown) =>
    (await exchange.storage.agents.get(exchange.orgId, String(id)))?.brain?.tools;

  it('are stored under a name', async () => {
    for (const body of [SALES, DESK]) {
      const { id, created_at, updated_at, ...shown } = await posted(URL, body);
      assert.deepEqual(shown, body);
      assert.equal(created_at, updated_at);
      const stored = await exchange.storage.destinations.get(exchange.orgId, String(id));
      assert.equal(stored?.name, body.name);
      assert.equal(await exchange.storage.destinations.get(exchange.otherOrgId, String(id)), undefined);
    }
  });

  it("become places of the agent's transfer tool, each once, by id or made on the spot", async () => {
    const agent = await posted('/phone', { name: 'Desk' });
    const assign = (body: object) => posted(`/phone/sip/agents/${agent.id}/transfer-destinations`, body);
    const sales = await posted(URL, SALES);
    assert.deepEqual(await assign({ destination_id: sales.id }), { destination_id: sales.id });
    await assign({ destination_id: sales.id });
    const made = await assign({ create: DESK });
    assert.ok(await exchange.storage.destinations.get(exchange.orgId, String(made.destination_id)));
    assert.deepEqual(await agentsPlaces(agent.id), [
      {
        type: 'transferCall',
        destinations: [
          { type: 'number', number: '+14155550123', e164CheckEnabled: true, description: 'Sales' },
          { type: 'sip', sipUri: 'sip:desk@pbx.example', description: 'Front desk' },
        ],
        settings: {},
      },
    ]);
    const shown = await exchange.inject('GET', `/phone/${agent.id}`);
    assert.equal((shown.body as { actionIds: unknown }).actionIds, null);
  });

  it('join a transfer tool that another dialect gave the agent, unless that asks a server', async () => {
    const model = (tool: object) => ({ provider: 'openai', model: 'gpt-4o', tools: [tool] });
    const own = { type: 'number', number: '+14155550199' };
    const plain = { type: 'transferCall', destinations: [own] };
    const asking = { type: 'transferCall', server: { url: 'https://mine.example' } };
    for (const [tool, tools] of [
      [plain, 1],
      [asking, 2],
    ] as const) {
      const { id } = await posted('/assistant', { name: 'A', model: model(tool) }, 201);
      await posted(`/phone/sip/agents/${id}/transfer-destinations`, { create: SALES });
      const given = await agentsPlaces(id);
      assert.equal(given?.length, tools);
      assert.equal(given.at(-1)?.destinations?.length, tools === 1 ? 2 : 1);
    }
  });

  it('are refused where they cannot be dialled, or where it is not clear which is meant', async () => {
    const { id } = await posted('/phone', { name: 'Desk' });
    const assigning = `/phone/sip/agents/${id}/transfer-destinations`;
    for (const [url, body, message] of [
      [URL, { ...SALES, value: '0171' }, /^value must be a phone number in the E.164 format$/],
      [URL, { ...DESK, value: 'desk@pbx' }, /^value must be a SIP URI/],
      [URL, { ...DESK, value: 'sip:a@b\r\nX: 1' }, /^value must be a SIP URI/],
      [URL, { ...SALES, type: 'fax' }, /^type must be one of the following values: phone, sip$/],
      [URL, { ...SALES, note: 1 }, /^property note should not exist$/],
      [assigning, {}, /^request body must have either destination_id or create$/],
      [assigning, { destination_id: id, create: SALES }, /either destination_id or create/],
      [assigning, { create: { ...SALES, value: '1' } }, /^create\.value must be/],
    ] as const) {
      assert.match(String((await posted(url, body, 400)).message), message);
    }
    assert.equal(await agentsPlaces(id), undefined);
  });

  it('of another org, and agents of another org, do not exist', async () => {
    const { id } = await posted('/phone', { name: 'Desk' });
    const sales = await posted(URL, SALES);
    const key = exchange.otherKey;
    const theirs = await exchange.inject('POST', '/phone', { name: 'Theirs' }, { key });
    const { id: theirId } = theirs.body as { id: string };
    const reply = await exchange.inject(
      'POST',
      `/phone/sip/agents/${theirId}/transfer-destinations`,
      { destination_id: sales.id },
      { key },
    );
    assert.deepEqual([reply.status, reply.body], [404, notFound('Transfer destination')]);
    const assigning = `/phone/sip/agents/${id}/transfer-destinations`;
    const foreign = await exchange.inject('POST', assigning, { create: SALES }, { key });
    assert.deepEqual([foreign.status, foreign.body], [404, notFound('Phone agent')]);
  });
});

function notFound(thing: string) {
  return { statusCode: 404, message: `${thing} not found`, error: 'Not Found' };
}
