import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { type FluentsExchange, openFluentsExchange } from '../../../test/support/fluents-exchange.ts';
import { createApiKey } from '../../domain/orgs/api-key.ts';
import { newId } from '../../lib/ids.ts';

type Json = Record<string, unknown>;

describe("Fluents' API", () => {
  let exchange: FluentsExchange;
  let key: string;

  before(async () => {
    exchange = await openFluentsExchange();
    const made = createApiKey();
    key = made.key;
    const { orgId, clock, storage } = exchange;
    const id = newId(clock.now());
    await storage.orgs.insertKey(
      { id, orgId, prefix: made.prefix, dialect: 'fluents', createdAt: clock.now() },
      made.hash,
    );
  });
  after(() => exchange.close());

  it('answers at the root the keys that are made for it, in its own words', async () => {
    const made = await exchange.inject('POST', '/v1/prompts/create', { content: 'Hi' }, { key });
    assert.equal(made.status, 201, made.text);
    const { id } = made.body as { id: string };
    const same = await exchange.inject('GET', `/fluents/v1/prompts?id=${id}`, undefined, { key });
    assert.deepEqual(same.body, made.body);
    const refused = await exchange.inject('POST', '/v1/prompts/create', { content: 1 }, { key });
    assert.deepEqual(refused.body, {
      message: 'content must be a string',
      error: 'BadRequest',
      statusCode: 400,
    });
  });

  it('leaves the root to another API for all other keys', async () => {
    const reply = await exchange.inject('POST', '/v1/prompts/create', { content: 'Hi' });
    assert.equal(reply.status, 200, reply.text);
  });

  it('tells of an unknown path in its own words', async () => {
    const reply = await exchange.inject('GET', '/fluents/v1/nothing');
    assert.deepEqual(reply.body, {
      message: 'Cannot GET /fluents/v1/nothing',
      error: 'NotFound',
      statusCode: 404,
    });
  });

  it('is described in a document with every route and every schema that they name', async () => {
    const reply = await exchange.inject('GET', '/fluents/openapi.json');
    const { paths, components } = reply.body as { paths: Json; components: { schemas: Json } };
    const routes = Object.values(paths).flatMap((methods) => Object.keys(methods as Json));
    assert.equal(routes.length, exchange.fluents.routes.length);
    const named = new Set(reply.text.match(/#\/components\/schemas\/\w+/g));
    assert.ok(named.size > 20, `only ${named.size} schemas`);
    for (const reference of named) {
      const name = reference.split('/').at(-1) ?? '';
      assert.ok(components.schemas[name], reference);
    }
  });
});
