import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { type FluentsExchange, openFluentsExchange } from '../../../../test/support/fluents-exchange.ts';

type Json = Record<string, unknown>;

describe('prompts', () => {
  let exchange: FluentsExchange;
  before(async () => {
    exchange = await openFluentsExchange();
  });
  after(() => exchange.close());

  async function make(body: Json): Promise<Json> {
    const reply = await exchange.inject('POST', '/fluents/v1/prompts/create', body);
    assert.equal(reply.status, 201, reply.text);
    return reply.body as Json;
  }

  async function change(id: unknown, body: Json): Promise<Json> {
    const reply = await exchange.inject('POST', `/fluents/v1/prompts/update?id=${id}`, body);
    assert.equal(reply.status, 201, reply.text);
    return reply.body as Json;
  }

  const WHOLE = {
    label: 'Front desk',
    description: 'Answers the phone',
    content: 'You are Ann.',
    context_endpoint: 'https://a.example/context',
    collect_fields: ['email', { name: 'age', label: 'Age', description: 'In years' }],
    type: 'block',
    tags: ['desk'],
    prompt_template: { label: 'Base', required_context_keys: ['company'] },
  };

  it('come back as they were made, with the org as their user', async () => {
    const made = await make(WHOLE);
    const template = made.prompt_template as Json;
    assert.deepEqual(made, {
      ...WHOLE,
      id: made.id,
      user_id: exchange.orgId,
      prompt_template: { ...WHOLE.prompt_template, id: template.id, user_id: exchange.orgId },
    });
    const found = await exchange.inject('GET', `/fluents/v1/prompts?id=${made.id}`);
    assert.deepEqual(found.body, made);
  });

  it('keep what a change leaves out, and lose what it says null of', async () => {
    const made = await make(WHOLE);
    const changed = await change(made.id, { content: 'New.', tags: null, type: null, unknown: 1 });
    const { tags: _, ...rest } = made;
    assert.deepEqual(changed, { ...rest, content: 'New.', type: 'prompt' });
    assert.equal((await change(made.id, { content: null })).content, '');
  });

  it('are listed in pages, the oldest first or the newest', async () => {
    const fresh = await openFluentsExchange();
    try {
      for (const content of ['a', 'b', 'c']) {
        await fresh.inject('POST', '/fluents/v1/prompts/create', { content });
        await fresh.clock.advance(10);
      }
      const list = async (query: string) => {
        const { items, ...page } = (await fresh.inject('GET', `/fluents/v1/prompts/list?${query}`)).body as {
          items: Json[];
        };
        return [items.map(({ content }) => content).join(''), page];
      };
      const whole = { total: 3, total_is_estimated: false };
      assert.deepEqual(await list(''), ['abc', { page: 1, size: 10, has_more: false, ...whole }]);
      assert.deepEqual(await list('size=2'), ['ab', { page: 1, size: 2, has_more: true, ...whole }]);
      assert.deepEqual(await list('size=2&page=2&sort_desc=true'), [
        'a',
        { page: 2, size: 2, has_more: false, ...whole },
      ]);
      for (const query of ['size=0', 'size=101', 'page=0', 'page=x']) {
        assert.equal((await fresh.inject('GET', `/fluents/v1/prompts/list?${query}`)).status, 400, query);
      }
    } finally {
      await fresh.close();
    }
  });

  it('are gone once deleted', async () => {
    const made = await make({ content: 'x' });
    const removed = await exchange.inject('DELETE', `/fluents/v1/prompts/delete?id=${made.id}`);
    assert.equal(removed.status, 200);
    assert.deepEqual(removed.body, made);
    const gone = await exchange.inject('GET', `/fluents/v1/prompts?id=${made.id}`);
    assert.deepEqual(gone.body, {
      message: `Prompt ${made.id} was not found`,
      error: 'NotFound',
      statusCode: 404,
    });
  });

  it('with wrong values are refused in one sentence that names each field', async () => {
    const reply = await exchange.inject('POST', '/fluents/v1/prompts/create', {
      content: 7,
      type: 'poem',
      context_endpoint: 'ftp://a.example',
    });
    assert.equal(reply.status, 400);
    assert.deepEqual(reply.body, {
      message:
        'content must be a string, context_endpoint must be a URL address, ' +
        'type must be one of the following values: prompt, block',
      error: 'BadRequest',
      statusCode: 400,
    });
  });
});
