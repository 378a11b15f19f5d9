import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { Ajv, type ValidateFunction } from 'ajv';
import fc from 'fast-check';
import { type HttpExchange, openHttpExchange } from '../support/http-exchange.ts';
import { arbitraryOf } from '../support/json-schema-arbitrary.ts';
import { readSpec } from '../support/specs.ts';
import { makeReferences, vapiFields } from '../support/vapi-bodies.ts';

type Schema = Record<string, unknown>;

const SEED = 20_261_121;
const RUNS_PER_PROVIDER = 40;

/** Removes what no value can satisfy or what the document says otherwise in words; nothing else. */
function corrected(schema: unknown): unknown {
  if (Array.isArray(schema)) return schema.map(corrected);
  if (schema === null || typeof schema !== 'object') return schema;
  const result = Object.fromEntries(Object.entries(schema).map(([key, value]) => [key, corrected(value)]));
  // A list of strings as `enum` of a list, or as that of an "object", is meant for the strings.
  if (Array.isArray(result.enum) && result.type === 'array') delete result.enum;
  if (Array.isArray(result.enum) && result.type === 'object') result.type = 'string';
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

function load(name: string): Record<string, Schema> | undefined {
  const spec = readSpec(name) as { components: { schemas: Record<string, Schema> } } | undefined;
  const schemas = spec && (corrected(spec.components.schemas) as Record<string, Schema>);
  const digest = schemas?.SipAuthentication;
  return schemas && digest ? schemas : undefined;
}

function validator(schemas: Record<string, Schema>, name: string): ValidateFunction {
  // In replies the password of a number is left out, on purpose.
  const { SipAuthentication, ...rest } = schemas;
  const shown = { ...SipAuthentication, required: ['username'] };
  const ajv = new Ajv({ strict: false, validateFormats: false, allErrors: true });
  ajv.addSchema({ $id: 'spec', components: { schemas: { ...rest, SipAuthentication: shown } } });
  return ajv.compile({ $ref: `spec#/components/schemas/${name}` });
}

function assertValid(validate: ValidateFunction, value: unknown): void {
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
function assertKept(sent: unknown, shown: unknown, path = ''): void {
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

const phoneSchemas = load('vapi-phone-numbers.openapi.json');
const fullSchemas = load('vapi-full-2026-08.openapi.json');
const skip = phoneSchemas && fullSchemas ? false : 'the vendor documents are not here (OFFHOOK_SPECS)';

const PROVIDERS = [
  ['byo-phone-number', 'ByoPhoneNumber'],
  ['twilio', 'TwilioPhoneNumber'],
  ['vonage', 'VonagePhoneNumber'],
  ['vapi', 'VapiPhoneNumber'],
  ['telnyx', 'TelnyxPhoneNumber'],
] as const;

describe("the vendor's own document of phone numbers", { skip }, () => {
  let exchange: HttpExchange;
  let references: Awaited<ReturnType<typeof makeReferences>>;

  before(async () => {
    exchange = await openHttpExchange();
    references = await makeReferences(exchange);
  });
  after(() => exchange.close());

  for (const [provider, title] of PROVIDERS) {
    it(`allows no ${provider} body that we refuse, and every reply of ours`, async () => {
      const components = phoneSchemas ?? {};
      const validate = validator(components, title);
      const credentialId = provider === 'vapi' ? references.twilio : references[provider];
      const byKey = vapiFields({ assistantId: references.assistantId, credentialId });
      const dto = (kind: string) =>
        arbitraryOf(components[`${kind}${title}DTO`] ?? {}, { components, byKey });
      const pair = fc.tuple(dto('Create'), dto('Update'));
      const run = async ([body, change]: [unknown, unknown]) => {
        const { numberDesiredAreaCode: _, ...wanted } = body as Schema;
        const made = await exchange.inject('POST', '/phone-number', wanted);
        assert.equal(made.status, 201, made.text + JSON.stringify(wanted));
        assertValid(validate, made.body);
        assertKept(wanted, made.body);
        const { id } = made.body as { id: string };
        const changed = await exchange.inject('PATCH', `/phone-number/${id}`, change);
        assert.equal(changed.status, 200, changed.text + JSON.stringify(change));
        assertValid(validate, changed.body);
        assertKept(change, changed.body);
        const removed = await exchange.inject('DELETE', `/phone-number/${id}`);
        assert.deepEqual(removed.body, changed.body);
      };
      const property = fc.asyncProperty(pair, run);
      await fc.assert(property, { seed: SEED, numRuns: RUNS_PER_PROVIDER });
    });
  }

  it('allows the page of numbers', async () => {
    await exchange.inject('POST', '/phone-number', { provider: 'vapi' });
    const page = await exchange.inject('GET', '/v2/phone-number?limit=1&sortOrder=ASC');
    assert.equal(page.status, 200);
    assertValid(validator(phoneSchemas ?? {}, 'PhoneNumberPaginatedResponse'), page.body);
  });
});

describe("the vendor's own document of assistants", { skip }, () => {
  it('allows no body that we refuse, and every reply of ours, with nothing lost', async () => {
    const exchange = await openHttpExchange();
    try {
      const references = await makeReferences(exchange);
      const components = fullSchemas ?? {};
      const byKey = {
        ...vapiFields({ assistantId: references.assistantId, credentialId: references.twilio }),
        // Deep unions whose content is kept as it came: a sample of each stands for them.
        tools: fc.subarray(TOOLS),
        hooks: fc.constant([{ on: 'call.ending', do: [{ type: 'say', exact: 'Bye' }] }]),
        credentials: fc.constant([{ provider: 'openai', apiKey: 'sk-1', name: 'mine' }]),
        analysisPlan: fc.constant({ summaryPlan: { enabled: false } }),
        compliancePlan: fc.constant({ hipaaEnabled: false }),
        monitorPlan: fc.constant({ listenEnabled: true }),
        structuredOutputs: fc.constant([]),
        scorecards: fc.constant([]),
        workflow: fc.constant(undefined),
        knowledgeBase: fc.constant({
          provider: 'custom-knowledge-base',
          server: { url: 'https://a.example' },
        }),
        fallbackPlan: fc.constant(undefined),
        // Values whose own rules their schemas leave out.
        voiceId: fc.stringMatching(/^[a-z]{3,12}$/),
        model: fc.stringMatching(/^[a-z]{3,12}$/),
      };
      const { properties } = components.CreateAssistantDTO as { properties: Schema };
      const fields = Object.entries(properties).map(([key, schema]) => {
        const known = key === 'model' ? undefined : (byKey as Record<string, fc.Arbitrary<unknown>>)[key];
        return [key, known ?? arbitraryOf(schema as Schema, { components, byKey }, 1)] as const;
      });
      const body = fc.record(Object.fromEntries(fields), { requiredKeys: [], noNullPrototype: true });
      const run = async ([raw, rawChange]: [unknown, unknown]) => {
        // What JSON cannot hold is gone on the wire.
        const [wanted, change] = JSON.parse(JSON.stringify([raw, rawChange]));
        const made = await exchange.inject('POST', '/assistant', wanted);
        assert.equal(made.status, 201, made.text + JSON.stringify(wanted));
        assertKept(wanted, made.body);
        const { id } = made.body as { id: string };
        const changed = await exchange.inject('PATCH', `/assistant/${id}`, change);
        assert.equal(changed.status, 200, changed.text + JSON.stringify(change));
        assertKept({ ...wanted, ...change }, changed.body);
      };
      await fc.assert(fc.asyncProperty(fc.tuple(body, body), run), {
        seed: SEED,
        numRuns: RUNS_PER_PROVIDER,
      });
    } finally {
      await exchange.close();
    }
  });
});

const TOOLS = [
  { type: 'endCall' },
  { type: 'dtmf', sipInfoDtmfEnabled: true },
  {
    type: 'function',
    async: false,
    function: { name: 'book', parameters: { type: 'object' }, strict: true },
  },
  { type: 'function', function: { name: 'ask' }, server: { url: 'https://tool.example', timeoutSeconds: 5 } },
  { type: 'transferCall', destinations: [], messages: [{ type: 'request-start', content: 'One moment' }] },
];
