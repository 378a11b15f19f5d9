import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect } from 'node:net';
import { after, before, describe, it } from 'node:test';
import { type HttpExchange, openHttpExchange } from '../../../test/support/http-exchange.ts';
import { ExchangeError } from '../../domain/errors.ts';
import { MAX_BODY_BYTES } from './limits.ts';

const JSON_TYPE = { 'content-type': 'application/json' };

describe('bad requests', () => {
  let exchange: HttpExchange;
  before(async () => {
    exchange = await openHttpExchange();
  });
  after(() => exchange.close());

  const cases: [string, string, string, unknown, Record<string, string>, number, RegExp][] = [
    ['malformed JSON', 'POST', '/assistant', '{"name":', JSON_TYPE, 400, /not valid JSON/],
    [
      'another media type',
      'POST',
      '/assistant',
      'name=x',
      { 'content-type': 'text/plain' },
      415,
      /application\/json/,
    ],
    [
      'a form',
      'POST',
      '/assistant',
      'a=b',
      { 'content-type': 'application/x-www-form-urlencoded' },
      415,
      /json/,
    ],
    [
      'an oversize body',
      'POST',
      '/assistant',
      `"${'x'.repeat(MAX_BODY_BYTES)}"`,
      JSON_TYPE,
      413,
      /larger than/,
    ],
    ['deep nesting', 'POST', '/assistant', '['.repeat(999), JSON_TYPE, 400, /nested deeper/],
    ['a body that is a list', 'POST', '/assistant', '[]', JSON_TYPE, 400, /request body must be an object/],
    ['a body that is null', 'POST', '/phone-number', 'null', JSON_TYPE, 400, /provider must be one of/],
    ['no body', 'POST', '/phone-number', undefined, {}, 400, /provider must be one of/],
    ['an unknown route', 'GET', '/nothing/here?a=b', undefined, {}, 404, /^Cannot GET \/nothing\/here$/],
    ['a wrong method', 'PUT', '/phone-number', undefined, {}, 404, /^Cannot PUT \/phone-number$/],
    ['a malformed escape', 'GET', '/phone-number/%zz', undefined, {}, 400, /malformed/],
    ['an overlong segment', 'GET', `/phone-number/${'a'.repeat(5000)}`, undefined, {}, 400, /overlong/],
    ['an id that is none', 'GET', '/phone-number/12', undefined, {}, 400, /^id must be a UUID$/],
    ['NUL in a query', 'GET', '/v2/phone-number?search=%00', undefined, {}, 400, /NUL/],
    ['a repeated query key', 'GET', '/phone-number?limit=1&limit=2', undefined, {}, 400, /limit must be/],
    [
      'an unknown query key',
      'GET',
      '/phone-number?foo=1',
      undefined,
      {},
      400,
      /^property foo should not exist$/,
    ],
  ];

  for (const [name, method, url, body, headers, status, message] of cases) {
    it(`${name} gets ${status} in the vendor's shape`, async () => {
      const reply = await exchange.inject(method, url, body, { headers });
      const error = reply.body as { message: string | string[]; error: string; statusCode: number };
      assert.equal(reply.status, status, reply.text);
      assert.match([error.message].flat().join('\n'), message);
      assert.equal(error.statusCode, status);
      assert.deepEqual(Object.keys(error).sort(), ['error', 'message', 'statusCode']);
    });
  }

  it('without a key are refused before their body is read', async () => {
    const { app } = exchange.server;
    const missing = await app.inject({ method: 'POST', url: '/assistant', payload: '{', headers: JSON_TYPE });
    assert.deepEqual(missing.json(), {
      message: 'Missing Authorization Header.',
      error: 'Unauthorized',
      statusCode: 401,
    });
    const wrong = await app.inject({ url: '/assistant', headers: { authorization: 'Bearer nope' } });
    assert.deepEqual(wrong.json(), {
      message:
        'Invalid Key. Hot tip, you may be using the private key instead of the public key, or vice versa.',
      error: 'Unauthorized',
      statusCode: 401,
    });
    assert.equal(wrong.headers['www-authenticate'], 'Bearer');
  });

  it('at a prefix are refused in the words of its own dialect', async () => {
    assert.match((await exchange.inject('GET', '/vapi/nothing')).text, /"statusCode":404/);
    const admin = await exchange.inject('GET', '/admin/nothing');
    assert.deepEqual(admin.body, {
      error: { code: 'route-unknown', message: 'There is no GET /admin/nothing.' },
    });
    const { body } = await exchange.inject('POST', '/admin/keys', { name: '' });
    assert.equal((body as { error: { field: string } }).error.field, 'name');
  });

  it('that no HTTP parser can read get a JSON answer and a closed connection', async () => {
    const port = await exchange.server.listen({ host: '127.0.0.1', port: 0 });
    const raw = async (text: string) => {
      const socket = connect(port, '127.0.0.1');
      socket.end(text);
      let answer = '';
      socket.setEncoding('utf8').on('data', (chunk) => {
        answer += chunk;
      });
      await once(socket, 'close');
      return answer;
    };
    const garbage = await raw('\x16\x03\x01 hello\r\n\r\n');
    assert.match(garbage, /^HTTP\/1\.1 400 Bad Request\r\n/);
    assert.match(garbage, /"statusCode":400\}$/);
    const overflow = await raw(`GET /phone-number?${'a'.repeat(40_000)} HTTP/1.1\r\nHost: x\r\n\r\n`);
    assert.match(overflow, /^HTTP\/1\.1 431 /);
    assert.match(overflow, /"error":/);
  });
});

describe('failures of the exchange itself', () => {
  it('are logged, and tell the client nothing of their cause', async () => {
    const logged: object[] = [];
    const logger = {
      debug() {},
      info() {},
      warn() {},
      error: (fields: object) => void logged.push(fields),
      child: () => logger,
    };
    const exchange = await openHttpExchange({ logger });
    try {
      exchange.storage.agents.get = () => Promise.reject(new Error('password is hunter2'));
      const unknown = await exchange.inject('GET', `/assistant/${exchange.orgId}`);
      assert.deepEqual(unknown.body, {
        message: 'Internal server error',
        error: 'Internal Server Error',
        statusCode: 500,
      });
      exchange.storage.agents.get = () => {
        throw new ExchangeError('ports-exhausted', 'No RTP port is free.');
      };
      const busy = await exchange.inject('GET', `/assistant/${exchange.orgId}`);
      assert.equal(busy.status, 503);
      assert.equal(busy.headers['retry-after'], '5');
      assert.equal(logged.length, 2);
    } finally {
      await exchange.close();
    }
  });
});
