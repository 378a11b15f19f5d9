import assert from 'node:assert/strict';
import { Ajv, type ValidateFunction } from 'ajv';
import { readSpec } from './specs.ts';

export type Schema = Record<string, unknown>;

/** Removes what no value can satisfy or what the document says otherwise in words; nothing else. */
function corrected(schema: unknown): unknown {
  if (Array.isArray(schema)) return schema.map(corrected);
  if (schema === null || typeof schema !== 'object') return schema;
  const result = Object.fromEntries(Object.entries(schema).map(([key, value]) => [key, corrected(value)]));
  // A list of strings as `enum` of a list, or as that of an "object", is meant for the strings.
  if (Array.isArray(result.enum) && result.type === 'array') delete result.enum;
  if (Array.isArray(result.enum) && result.type === 'object') result.type = 'string';
  // Some patterns are written as in JavaScript, between slashes.
  if (typeof result.pattern === 'string') result.pattern = result.pattern.replace(/^\/(.*)\/$/, '$1');
  if (Array.isArray(result.enum) && result.enum.length === 0) delete result.enum;
  if (result.type === 'array') delete result.maxLength;
  const { properties } = result as { properties?: Record<string, Schema> };
  const statuses = properties?.excludedStatusCodes;
  if (statuses?.type === 'array') statuses.items = { type: 'integer', minimum: 400, maximum: 599 };
  // The forms of a message have the same keys and differ in their role alone, which is any string.
  if (Array.isArray(result.oneOf)) {
    result.anyOf = result.oneOf;
    delete result.oneOf;
  }
  delete result.discriminator;
  delete result.example;
  return result;
}

/** The schemas of a document of the vendor; undefined where it is not at hand. */
export function loadSchemas(name: string): Record<string, Schema> | undefined {
  const spec = readSpec(name) as { components: { schemas: Record<string, Schema> } } | undefined;
  const schemas = spec && (corrected(spec.components.schemas) as Record<string, Schema>);
  const digest = schemas?.SipAuthentication;
  return schemas && digest ? schemas : undefined;
}

const compilers = new WeakMap<object, Ajv>();

/** A check against one schema of the document. */
export function validator(schemas: Record<string, Schema>, name: string): ValidateFunction {
  const compiler = compilers.get(schemas) ?? compilerOf(schemas);
  compilers.set(schemas, compiler);
  return compiler.compile({ $ref: `spec#/components/schemas/${name}` });
}

function compilerOf(schemas: Record<string, Schema>): Ajv {
  // In replies the password of a number is left out, on purpose.
  const { SipAuthentication, ...rest } = schemas;
  const shown = { ...SipAuthentication, required: ['username'] };
  const ajv = new Ajv({ strict: false, validateFormats: false, allErrors: true });
  return ajv.addSchema({ $id: 'spec', components: { schemas: { ...rest, SipAuthentication: shown } } });
}

export function assertValid(validate: ValidateFunction, value: unknown): void {
  assert.equal(validate(value), true, JSON.stringify({ errors: validate.errors?.slice(0, 5), value }));
}

/** Keys that a reply never shows again. */
const WRITE_ONLY = new Set([
  'password',
  'twilioAuthToken',
  'twilioApiKey',
  'twilioApiSecret',
  'secret',
  'apiKey',
]);

/** Everything that was sent comes back as it was; the reply may hold more. */
export function assertKept(sent: unknown, shown: unknown, path = ''): void {
  if (sent === null || typeof sent !== 'object') {
    assert.deepEqual(shown, sent, path);
    return;
  }
  for (const [key, value] of Object.entries(sent)) {
    if (WRITE_ONLY.has(key))
      assert.equal(Object.hasOwn(shown as object, key), false, `${path}.${key} is shown`);
    else assertKept(value, (shown as Schema | undefined)?.[key], `${path}.${key}`);
  }
  if (Array.isArray(sent)) assert.equal((shown as unknown[]).length, sent.length, path);
}
