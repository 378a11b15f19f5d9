import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import type * as z from 'zod';
import { failureLogger } from '../../../test/support/failure-logger.ts';
import { batterBodies, batterQueries } from '../../../test/support/hostile-bodies.ts';
import { type HttpExchange, openHttpExchange } from '../../../test/support/http-exchange.ts';
import { opencxFields } from '../../../test/support/opencx-bodies.ts';
import { createInboundTrunkSchema } from './inbound-trunk/schema.ts';
import { makeOutboundCallSchema } from './outbound-calls/schema.ts';
import { createOutboundTrunkSchema } from './outbound-trunks/schema.ts';
import { createPhoneAgentSchema, updatePhoneAgentSchema } from './phone-agents/schema.ts';
import {
  assignTransferDestinationSchema,
  transferDestinationInputSchema,
} from './transfer-destinations/schema.ts';

type Json = Record<string, unknown>;

const SEED = 4_242;
/** Each run sends two bodies; with seven targets that is more than three thousand. */
const RUNS = 220;

describe('hostile bodies', () => {
  let exchange: HttpExchange;
  let agentId: string;
  const { logger, failures } = failureLogger();
  let sent = 0;

  before(async () => {
    exchange = await openHttpExchange({ logger });
    agentId = ((await exchange.inject('POST', '/phone', { name: 'Desk' })).body as { id: string }).id;
  });
  after(() => exchange.close());

  async function send(method: string, url: string, text: string): Promise<number> {
    sent += 1;
    const headers = { 'content-type': 'application/json' };
    const { status, body, text: reply } = await exchange.inject(method, url, text, { headers });
    const exchanged = `${method} ${url} ${text.slice(0, 500)} -> ${reply}`;
    assert.ok(status < 500, exchanged);
    if (status >= 400) {
      assert.deepEqual(Object.keys(body as Json), ['statusCode', 'message', 'error'], exchanged);
      const { message, error, statusCode } = body as Json;
      assert.deepEqual([typeof message, typeof error, statusCode], ['string', 'string', status], exchanged);
    }
    assert.equal(({} as Json).polluted, undefined);
    return status;
  }

  const targets: [string, string, z.ZodType][] = [
    ['POST', '/phone', createPhoneAgentSchema],
    ['PATCH', '/phone/AGENT', updatePhoneAgentSchema],
    ['POST', '/phone/sip/inbound-trunk', createInboundTrunkSchema],
    ['POST', '/phone/sip/outbound-trunks', createOutboundTrunkSchema],
    ['POST', '/phone/sip/transfer-destinations', transferDestinationInputSchema],
    ['POST', '/phone/sip/agents/AGENT/transfer-destinations', assignTransferDestinationSchema],
    ['POST', '/phone/outbound-call', makeOutboundCallSchema],
  ];

  for (const [method, path, schema] of targets) {
    it(`sent to ${method} ${path} are refused in the dialect's shape or taken, never a 500`, async () => {
      const url = path.replace('AGENT', agentId);
      const seen = await batterBodies({
        schema,
        byKey: opencxFields({ agentId }),
        seed: SEED,
        runs: RUNS,
        send: (text) => send(method, url, text),
      });
      assert.deepEqual(failures, []);
      assert.ok((seen.get(400) ?? 0) > RUNS / 4, 'hardly anything was refused: the bodies are not hostile');
      const taken = seen.get(200) ?? 0;
      assert.ok(taken > RUNS / 4, 'hardly anything was taken: the bodies are not near valid');
      assert.equal((await exchange.inject('GET', `/phone/${agentId}`)).status, 200);
    });
  }

  it('of queries are refused or taken, never a 500', async () => {
    const [dialect] = exchange.server.dialects.filter(({ name }) => name === 'opencx');
    await batterQueries({
      targets: (dialect?.routes ?? [])
        .filter(({ method }) => method === 'GET')
        .map(({ path }) => path.replace(':id', agentId)),
      keys: ['id', 'phone_number', 'page', 'limit'],
      seed: SEED,
      runs: RUNS,
      send: async (path, query) => {
        const { status, text: reply } = await exchange.inject('GET', `${path}?${query}`);
        assert.ok(status < 500, `${path}?${query} -> ${reply}`);
      },
    });
    assert.deepEqual(failures, []);
  });

  it('were more than two thousand', () => {
    assert.ok(sent >= 2_000, `only ${sent} bodies were sent`);
  });
});
