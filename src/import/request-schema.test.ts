import assert from 'node:assert/strict';
import { test } from 'node:test';
import { RequestSchemas } from './request-schema.ts';

const secret = { type: 'string', writeOnly: true };
const nullable = (schema: object) => ({ anyOf: [schema, { type: 'null' }] });
const strict = (properties: object, required: string[] = []) => ({
  type: 'object',
  properties,
  required,
  additionalProperties: false,
});
const ref = (name: string) => ({ $ref: `#/components/schemas/${name}` });
const bodyOf = (schema: object) => ({
  post: { requestBody: { content: { 'application/json': { schema } } } },
});

const schemas = new RequestSchemas({
  paths: {
    '/thing': bodyOf(ref('Thing')),
    '/loose': bodyOf({ type: 'object', properties: { server: ref('Server') }, additionalProperties: {} }),
  },
  components: {
    schemas: {
      Thing: {
        oneOf: [
          strict({ type: { const: 'trunk' }, name: { type: 'string' }, key: secret }, ['type', 'key']),
          strict(
            {
              type: { const: 'line' },
              host: { type: 'string' },
              parts: { type: 'array', items: ref('Part') },
            },
            ['type', 'host'],
          ),
        ],
      },
      Part: strict({
        server: nullable(ref('Server')),
        kind: { enum: ['a', 'b'] },
        inner: nullable(ref('Part')),
      }),
      Server: strict({ url: { type: 'string' }, secret: nullable(secret) }),
      Self: ref('Self'),
    },
  },
} as never);

const read = (body: object, path = '/thing') => {
  const { body: taken, ...rest } = schemas.read(path, body as never);
  const found = Object.entries(rest).filter(([, list]) => list.length > 0);
  return [taken, Object.fromEntries(found)];
};

test('of the forms of a body the one counts that its marks name', () => {
  assert.deepEqual(read({ type: 'trunk', name: 'T', host: 'h' }), [
    { type: 'trunk', name: 'T' },
    { strays: ['host'], missingSecrets: [{ path: 'key', isRequired: true }] },
  ]);
  assert.deepEqual(read({ type: 'line', host: 'h', key: 'k' }), [
    { type: 'line', host: 'h' },
    { strays: ['key'] },
  ]);
  assert.deepEqual(read({ type: 'trunk', key: 'k' }), [{ type: 'trunk', key: 'k' }, { secrets: ['key'] }]);
});

test('strays and secrets are found however deep they stand', () => {
  const part = { server: { url: 'u', old: 1 }, inner: { server: { secret: 's' }, more: true } };
  assert.deepEqual(read({ type: 'line', parts: [{ kind: 'a' }, part] }), [
    {
      type: 'line',
      parts: [{ kind: 'a' }, { server: { url: 'u' }, inner: { server: { secret: 's' } } }],
    },
    {
      strays: ['parts.1.server.old', 'parts.1.inner.more'],
      secrets: ['parts.1.inner.server.secret'],
      missingSecrets: [{ path: 'parts.1.server.secret', isRequired: false }],
      missing: ['host'],
    },
  ]);
});

test('an open object keeps what it does not name', () => {
  assert.deepEqual(read({ server: { url: 'u' }, voice: { speed: 1 } }, '/loose'), [
    { server: { url: 'u' }, voice: { speed: 1 } },
    { missingSecrets: [{ path: 'server.secret', isRequired: false }] },
  ]);
});

test('a route or a document that is not there is told', () => {
  assert.throws(() => schemas.read('/other', {}), /the exchange has no route POST \/other/);
  assert.throws(() => new RequestSchemas({ message: 'Not Found' }), /gives no OpenAPI document/);
});
