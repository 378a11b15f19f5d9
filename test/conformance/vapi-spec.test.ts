import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import fc from 'fast-check';
import { type HttpExchange, openHttpExchange } from '../support/http-exchange.ts';
import { arbitraryOf } from '../support/json-schema-arbitrary.ts';
import { makeReferences, vapiFields } from '../support/vapi-bodies.ts';
import { assertKept, assertValid, loadSchemas, type Schema, validator } from '../support/vapi-document.ts';

const SEED = 20_261_121;
const RUNS_PER_PROVIDER = 40;

const phoneSchemas = loadSchemas('vapi-phone-numbers.openapi.json');
const fullSchemas = loadSchemas('vapi-full-2026-08.openapi.json');
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

/** Parts that the exchange keeps as they came, and objects that hold each other: a sample of each stands for them. */
const KEPT = {
  rejectionPlan: fc.constant({ conditions: [] }),
  variableExtractionPlan: fc.constant({ schema: { type: 'object' } }),
  assistant: fc.constant({ name: 'Night', firstMessage: 'Hi' }),
  squad: fc.constant({ members: [{ assistant: { name: 'Night' } }] }),
  assistantOverrides: fc.constant({ firstMessage: 'Hi', variableValues: { a: 1 } }),
  squadOverrides: fc.constant({ maxDurationSeconds: 60 }),
  membersOverrides: fc.constant({ metadata: { a: 1 }, 'tools:append': [{ type: 'endCall' }] }),
  assistantName: fc.stringMatching(/^[a-z]{1,12}$/),
  squadId: fc.uuid(),
  parameters: fc.constant(undefined),
  transferAssistant: fc.constant(undefined),
};

const TOOL_DTOS = ['Function', 'TransferCall', 'Handoff', 'EndCall', 'Dtmf', 'Mcp'] as const;

describe("the vendor's own document of tools and squads", { skip }, () => {
  let exchange: HttpExchange;
  let byKey: Record<string, fc.Arbitrary<unknown>>;
  let handoffs: fc.Arbitrary<unknown>;
  const components = fullSchemas ?? {};

  before(async () => {
    exchange = await openHttpExchange();
    const references = await makeReferences(exchange);
    const { assistantId, twilio: credentialId } = references;
    byKey = { ...vapiFields({ assistantId, credentialId }), ...KEPT };
    // Who is meant is required in words only.
    const named = (name: string, required: object) =>
      arbitraryOf(components[name] ?? {}, { components, byKey }).map((value) => ({
        ...required,
        ...(value as object),
      }));
    const assistant = named('HandoffDestinationAssistant', { assistantName: 'Night' });
    const squad = named('HandoffDestinationSquad', { squadId: assistantId });
    byKey.assistantDestinations = fc.array(assistant, { maxLength: 2 });
    byKey.members = fc.array(named('SquadMemberDTO', { assistantId }), { minLength: 1, maxLength: 3 });
    handoffs = fc.array(fc.oneof(assistant, squad, named('HandoffDestinationDynamic', {})), { maxLength: 2 });
  });
  after(() => exchange.close());

  async function tryBodies(url: string, [create, update]: [string, string], reply: string, own = {}) {
    const options = { components, byKey: { ...byKey, ...own } };
    const dto = (name: string) => arbitraryOf(components[name] ?? {}, options);
    const validate = validator(components, reply);
    const run = async ([raw, rawChange]: [unknown, unknown]) => {
      const [wanted, change] = JSON.parse(JSON.stringify([raw, rawChange]));
      const made = await exchange.inject('POST', url, wanted);
      assert.equal(made.status, 201, made.text + JSON.stringify(wanted));
      assertValid(validate, made.body);
      assertKept(wanted, made.body);
      const { id } = made.body as { id: string };
      const changed = await exchange.inject('PATCH', `${url}/${id}`, change);
      assert.equal(changed.status, 200, changed.text + JSON.stringify(change));
      assertValid(validate, changed.body);
      assertKept({ ...wanted, ...change }, changed.body);
    };
    const property = fc.asyncProperty(fc.tuple(dto(create), dto(update)), run);
    await fc.assert(property, { seed: SEED, numRuns: RUNS_PER_PROVIDER });
  }

  for (const kind of TOOL_DTOS) {
    it(`allows no ${kind} tool that we refuse, and every reply of ours, with nothing lost`, () =>
      tryBodies(
        '/tool',
        [`Create${kind}ToolDTO`, `Update${kind}ToolDTO`],
        `${kind}Tool`,
        kind === 'Handoff' ? { destinations: handoffs } : {},
      ));
  }

  it('allows no squad that we refuse, and every reply of ours, with nothing lost', () =>
    tryBodies('/squad', ['CreateSquadDTO', 'UpdateSquadDTO'], 'Squad'));
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
