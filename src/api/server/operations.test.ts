import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { Ajv } from 'ajv';
import { openHttpExchange } from '../../../test/support/http-exchange.ts';
import type { Readiness } from './operations.ts';

describe('/health', () => {
  it('tells starting, ready and draining apart', async () => {
    let state: Readiness = 'starting';
    const exchange = await openHttpExchange({ health: () => state });
    try {
      const seen = [];
      for (state of ['starting', 'ready', 'draining'] as const) {
        const reply = await exchange.server.app.inject({ url: '/health' });
        seen.push([reply.statusCode, reply.json()]);
      }
      assert.deepEqual(seen, [
        [503, { status: 'starting' }],
        [200, { status: 'ok' }],
        [503, { status: 'draining' }],
      ]);
    } finally {
      await exchange.close();
    }
  });
});

describe('/metrics', () => {
  async function ask(trustedProxies: string[], remoteAddress: string, headers: Record<string, string>) {
    const exchange = await openHttpExchange({ trustedProxies, metrics: async () => 'calls 1\n' });
    try {
      const sent =
        headers.authorization === 'key' ? { ...headers, authorization: `Bearer ${exchange.key}` } : headers;
      const reply = await exchange.server.app.inject({ url: '/metrics', remoteAddress, headers: sent });
      return [reply.statusCode, reply.body] as const;
    } finally {
      await exchange.close();
    }
  }

  it('is open to the own machine and network', async () => {
    for (const address of ['127.0.0.1', '10.1.2.3', '::1', '::ffff:192.168.1.1', 'fd00::1']) {
      assert.deepEqual(await ask([], address, {}), [200, 'calls 1\n'], address);
    }
  });

  it('wants a key from everybody else', async () => {
    assert.equal((await ask([], '203.0.113.9', {}))[0], 401);
    assert.equal((await ask([], '203.0.113.9', { authorization: 'key' }))[0], 200);
  });

  it("takes nobody for a neighbour because of a proxy's address", async () => {
    const stranger = { 'x-forwarded-for': '203.0.113.9' };
    assert.equal((await ask([], '127.0.0.1', stranger))[0], 401);
    assert.equal((await ask([], '127.0.0.1', { 'x-forwarded-for': '10.0.0.1' }))[0], 401);
    assert.equal((await ask([], '127.0.0.1', { forwarded: 'for=10.0.0.1' }))[0], 401);
    assert.equal((await ask(['127.0.0.1'], '127.0.0.1', stranger))[0], 401);
    assert.equal((await ask(['127.0.0.1'], '127.0.0.1', { 'x-forwarded-for': '10.0.0.1' }))[0], 200);
    assert.equal((await ask(['10.9.9.9'], '203.0.113.9', { 'x-forwarded-for': '10.0.0.1' }))[0], 401);
  });
});

describe('the OpenAPI documents', () => {
  it('are 3.1, name every route once, and refer to nothing that is missing', async () => {
    const exchange = await openHttpExchange();
    try {
      for (const { name, routes } of exchange.server.dialects) {
        const reply = await exchange.server.app.inject({ url: `/${name}/openapi.json` });
        const document = reply.json();
        assert.equal(document.openapi, '3.1.0');
        const operations = Object.values<Record<string, { operationId: string }>>(document.paths).flatMap(
          (path) => Object.values(path).map(({ operationId }) => operationId),
        );
        assert.deepEqual(operations.sort(), routes.map(({ operationId }) => operationId).sort());
        assert.equal(new Set(operations).size, operations.length);
        const ajv = new Ajv({ strict: false, validateFormats: false });
        ajv.addSchema({ $id: 'document', ...document });
        for (const [, reference] of reply.body.matchAll(/"\$ref":"(#[^"]+)"/g)) {
          assert.ok(ajv.getSchema(`document${reference}`), reference);
        }
      }
    } finally {
      await exchange.close();
    }
  });

  it('say of a number what the corrected vendor document says', async () => {
    const exchange = await openHttpExchange();
    try {
      const { components } = (await exchange.server.app.inject({ url: '/vapi/openapi.json' })).json();
      const { CreateVapiPhoneNumberDTO: body, BackoffPlan: backoff } = components.schemas;
      assert.deepEqual(body.required, ['provider']);
      assert.equal(body.additionalProperties, false);
      assert.deepEqual(backoff.properties.type, { type: 'string', enum: ['fixed', 'exponential'] });
      assert.ok(body.properties.assistantId.anyOf.some(({ type }: { type: string }) => type === 'null'));
    } finally {
      await exchange.close();
    }
  });
});
