import assert from 'node:assert/strict';
import { after, before, it } from 'node:test';
import { type HttpExchange, openHttpExchange } from '../../../../test/support/http-exchange.ts';

type Json = Record<string, unknown>;

let exchange: HttpExchange;
const post = async (body: object) => {
  const reply = await exchange.inject('POST', '/phone-number', { provider: 'vapi', ...body });
  return { status: reply.status, body: reply.body as Json };
};

before(async () => {
  exchange = await openHttpExchange();
});
after(() => exchange.close());

it('an ending hook comes back in the form it was written, one action or a list', async () => {
  const say = { type: 'say', exact: 'Closed.' };
  const filters = [{ type: 'oneOf', key: 'call.endedReason', oneOf: ['assistant-request-failed'] }];
  for (const action of [say, [say], [say, say]]) {
    const hooks = [{ on: 'call.ending', filters, do: action }];
    const made = await post({ hooks });
    assert.equal(made.status, 201);
    assert.deepEqual(made.body.hooks, hooks);
    const stored = await exchange.storage.numbers.get(exchange.orgId, String(made.body.id));
    const [hook] = stored?.hooks ?? [];
    assert.equal(hook?.actions.length, [action].flat().length);
  }
});

for (const url of ['wss://a.example', 'ftp://a.example', 'sip:a@b.example', 'a.example', 'https://']) {
  it(`a server at ${url} is refused, naming the field`, async () => {
    const refused = await post({ server: { url } });
    assert.equal(refused.status, 400);
    assert.deepEqual(refused.body.message, ['server.url must be a URL address']);
  });
}
