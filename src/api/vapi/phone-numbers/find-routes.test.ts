import assert from 'node:assert/strict';
import { after, before, beforeEach, describe, it } from 'node:test';
import { type HttpExchange, openHttpExchange } from '../../../../test/support/http-exchange.ts';

type Json = Record<string, unknown>;

let exchange: HttpExchange;

async function send(method: string, url: string, body?: unknown, key?: string) {
  const { status, body: reply } = await exchange.inject(method, url, body, key ? { key } : {});
  return { status, body: reply as Json };
}
const post = (body: unknown, key?: string) => send('POST', '/phone-number', body, key);

before(async () => {
  exchange = await openHttpExchange();
});
after(() => exchange.close());
beforeEach(async () => {
  for (const { id } of (await exchange.inject('GET', '/phone-number?limit=1000')).body as { id: string }[]) {
    await send('DELETE', `/phone-number/${id}`);
  }
});

describe('finding numbers', () => {
  async function seed(count: number): Promise<string[]> {
    const ids: string[] = [];
    for (let index = 0; index < count; index += 1) {
      exchange.clock.advance(1000);
      ids.push(
        String(
          (await post({ provider: 'vapi', name: `Line ${index}`, sipUri: `sip:Box${index}@sip.vapi.ai` }))
            .body.id,
        ),
      );
    }
    return ids;
  }
  const list = async (query: string) => {
    const { body } = await exchange.inject('GET', `/phone-number${query}`);
    return (body as { id: string }[]).map(({ id }) => id);
  };

  it('lists the newest first, up to the limit, within the instants', async () => {
    const start = exchange.clock.now();
    const [a, b, c] = await seed(3);
    const at = (seconds: number) => encodeURIComponent(new Date(start + seconds * 1000).toISOString());
    assert.deepEqual(await list(''), [c, b, a]);
    assert.deepEqual(await list('?limit=2'), [c, b]);
    assert.deepEqual(await list('?limit=0'), []);
    assert.deepEqual(await list(`?createdAtGt=${at(1)}&createdAtLt=${at(3)}`), [b]);
    assert.deepEqual(await list(`?createdAtGe=${at(1)}&createdAtLe=${at(2)}`), [b, a]);
    const zoneless = new Date(start + 2000).toISOString().slice(0, -1);
    assert.deepEqual(await list(`?createdAtGe=${zoneless}`), [c, b]);
    exchange.clock.advance(7000);
    await send('PATCH', `/phone-number/${a}`, { name: 'changed' });
    assert.deepEqual(await list(`?updatedAtGe=${at(10)}`), [a]);
    for (const query of ['?limit=1001', '?limit=-1', '?limit=x', '?createdAtGt=yesterday']) {
      assert.equal((await exchange.inject('GET', `/phone-number${query}`)).status, 400, query);
    }
  });

  it('pages and searches by name, number and SIP URI in any case', async () => {
    await seed(3);
    exchange.clock.advance(1000);
    await post({ provider: 'twilio', number: '+14155550123', twilioAccountSid: 'AC1', name: 'Paid' });
    const page = async (query: string) => {
      const { body } = await exchange.inject('GET', `/v2/phone-number${query}`);
      const { results, metadata } = body as { results: { name: string }[]; metadata: Json };
      return { names: results.map(({ name }) => name), metadata };
    };
    assert.deepEqual(await page('?limit=3&page=2&sortOrder=ASC&sortBy=cost'), {
      names: ['Paid'],
      metadata: {
        itemsPerPage: 3,
        totalItems: 4,
        currentPage: 2,
        totalPages: 2,
        hasNextPage: false,
        sortOrder: 'ASC',
      },
    });
    assert.deepEqual((await page('?search=LINE')).names, ['Line 2', 'Line 1', 'Line 0']);
    assert.deepEqual((await page('?search=bOx1')).names, ['Line 1']);
    assert.deepEqual((await page('?search=555012')).names, ['Paid']);
    assert.deepEqual((await page('?search=%25')).names, []);
    assert.equal((await page('?limit=0')).metadata.totalPages, 0);
    assert.equal((await page('?page=999999999')).names.length, 0);
    for (const query of ['?page=0', '?sortBy=name', `?search=${'x'.repeat(101)}`]) {
      assert.equal((await exchange.inject('GET', `/v2/phone-number${query}`)).status, 400, query);
    }
  });

  it('gives back what it deletes, once', async () => {
    const { body } = await post({ provider: 'vapi' });
    const removed = await send('DELETE', `/phone-number/${body.id}`);
    assert.deepEqual(removed, { status: 200, body });
    assert.equal((await send('DELETE', `/phone-number/${body.id}`)).status, 404);
    assert.equal((await send('GET', `/phone-number/${body.id}`)).status, 404);
  });
});
