import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { type HttpExchange, openHttpExchange } from '../../../../test/support/http-exchange.ts';
import { scenarioSchema, scenarioSliceSchema } from './schema.ts';

const PATH = '/admin/scenarios';

describe(PATH, () => {
  let exchange: HttpExchange;

  before(async () => {
    exchange = await openHttpExchange();
  });
  after(() => exchange.close());

  it('makes, shows, changes, lists and removes a scenario', async () => {
    const madeAt = new Date(exchange.clock.now()).toISOString();
    const fields = { title: 'Angry caller', content: 'Say that you are sorry.' };
    const { status, body } = await exchange.inject('POST', PATH, fields);
    assert.equal(status, 201);
    const made = scenarioSchema.parse(body);
    assert.deepEqual(made, { id: made.id, ...fields, createdAt: madeAt, updatedAt: madeAt });
    const path = `${PATH}/${made.id}`;
    exchange.clock.advance(1000);
    const updatedAt = new Date(exchange.clock.now()).toISOString();
    const changed = { ...made, content: 'Hand over.', updatedAt };
    assert.deepEqual((await exchange.inject('PATCH', path, { content: 'Hand over.' })).body, changed);
    assert.deepEqual((await exchange.inject('GET', path)).body, changed);
    const list = scenarioSliceSchema.parse((await exchange.inject('GET', PATH)).body);
    assert.deepEqual(list, { items: [changed] });
    assert.deepEqual((await exchange.inject('DELETE', path)).body, changed);
    for (const method of ['GET', 'PATCH', 'DELETE'])
      assert.equal((await exchange.inject(method, path, method === 'PATCH' ? {} : undefined)).status, 404);
  });

  it('refuses what is no scenario, naming the field', async () => {
    const { body } = await exchange.inject('POST', PATH, { title: 'x', content: 'x' });
    const { id } = scenarioSchema.parse(body);
    for (const [method, path, fields, field] of [
      ['POST', PATH, { content: 'x' }, 'title'],
      ['POST', PATH, { title: 'x', content: '\t' }, 'content'],
      ['POST', PATH, { title: 'x', content: 'x'.repeat(20_001) }, 'content'],
      ['PATCH', `${PATH}/${id}`, { title: '' }, 'title'],
      ['PATCH', `${PATH}/${id}`, { content: null }, 'content'],
    ] as const) {
      const reply = await exchange.inject(method, path, fields);
      assert.equal(reply.status, 400, reply.text);
      assert.equal((reply.body as { error: { field?: string } }).error.field, field);
    }
  });
});
