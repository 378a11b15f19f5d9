import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { type HttpExchange, openHttpExchange } from '../../../../test/support/http-exchange.ts';
import { documentDetailSchema, documentSliceSchema, passagesSchema } from './schema.ts';

const PATH = '/admin/knowledge';
const HANDBOOK = '# Pets\nDogs are welcome.\n\n# Parking\nGuests park behind the house.';

describe(PATH, () => {
  let exchange: HttpExchange;

  before(async () => {
    exchange = await openHttpExchange();
  });
  after(() => exchange.close());

  const make = async (fields: object) => {
    exchange.clock.advance(1);
    const { status, body, text } = await exchange.inject('POST', PATH, { title: 'Handbook', ...fields });
    assert.equal(status, 201, text);
    return body as { id: string };
  };
  const find = async (query: string, key = exchange.key) => {
    const { status, body } = await exchange.inject('GET', `${PATH}/search?${query}`, undefined, { key });
    assert.equal(status, 200);
    return passagesSchema.parse(body).items;
  };

  it('keeps a document, finds its passages, and finds none once it is removed', async () => {
    const made = await make({ content: HANDBOOK, format: 'markdown' });
    const createdAt = new Date(exchange.clock.now()).toISOString();
    const characters = HANDBOOK.length;
    const shown = { id: made.id, title: 'Handbook', format: 'markdown', characters, createdAt };
    assert.deepEqual(made, shown);
    const { body } = await exchange.inject('GET', `${PATH}/${made.id}`);
    assert.deepEqual(documentDetailSchema.parse(body), { ...shown, content: HANDBOOK });
    const pets = { documentId: made.id, title: 'Handbook', text: 'Pets\nDogs are welcome.' };
    assert.deepEqual(await find('q=may+I+bring+a+dog%3F'), [pets]);
    assert.equal((await find('q=dog+house')).length, 2);
    assert.equal((await find('q=dog+house&limit=1')).length, 1);
    assert.deepEqual(await find('q=dog', exchange.otherKey), []);
    assert.deepEqual((await exchange.inject('DELETE', `${PATH}/${made.id}`)).body, shown);
    assert.deepEqual(await find('q=dog'), []);
    assert.equal((await exchange.inject('GET', `${PATH}/${made.id}`)).status, 404);
  });

  it('lists the newest first, by slice, without their contents', async () => {
    const ids: string[] = [];
    for (const title of ['a', 'b', 'c']) ids.unshift((await make({ title, content: 'secret words' })).id);
    const slice = async (query: string) => {
      const { body, text } = await exchange.inject('GET', `${PATH}?${query}`);
      assert.ok(!text.includes('secret words'));
      const { items, nextOffset } = documentSliceSchema.parse(body);
      return [items.map(({ id }) => id), nextOffset];
    };
    assert.deepEqual(await slice('limit=2'), [ids.slice(0, 2), 2]);
    assert.deepEqual(await slice('limit=2&offset=2'), [ids.slice(2), undefined]);
    assert.deepEqual(await slice(''), [ids, undefined]);
  });

  it('refuses what is no document and no question, naming the field', async () => {
    const refused = async (method: string, path: string, body?: object) => {
      const reply = await exchange.inject(method, path, body);
      assert.equal(reply.status, 400, reply.text);
      return (reply.body as { error: { field?: string } }).error.field;
    };
    const content = 'x';
    assert.equal(await refused('POST', PATH, { content }), 'title');
    assert.equal(await refused('POST', PATH, { title: ' ', content }), 'title');
    assert.equal(await refused('POST', PATH, { title: 'x', content: ' \n' }), 'content');
    assert.equal(await refused('POST', PATH, { title: 'x', content: 'x'.repeat(1_000_001) }), 'content');
    assert.equal(await refused('POST', PATH, { title: 'x', content, format: 'pdf' }), 'format');
    assert.equal(await refused('POST', PATH, { title: 'x', content, url: 'x' }), undefined);
    assert.equal(await refused('GET', `${PATH}/search`), 'q');
    assert.equal(await refused('GET', `${PATH}/search?q=x&limit=21`), 'limit');
    assert.equal(await refused('GET', `${PATH}?limit=51`), 'limit');
    assert.equal(await refused('GET', `${PATH}/nonsense`), 'id');
  });

  it('takes any question for words, never for syntax', async () => {
    await make({ content: 'AND OR NOT NEAR are words.' });
    for (const question of [
      '"',
      "' OR 1=1 --",
      'zebra* AND -title:qux',
      '& | ! ( ) :*',
      'x'.repeat(2000),
      '%F0%9F%8D%9E',
    ])
      assert.deepEqual(
        await find(`q=${question.startsWith('%') ? question : encodeURIComponent(question)}`),
        [],
      );
    assert.equal((await find('q=near')).length, 1);
  });
});
