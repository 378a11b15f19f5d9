import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { Ajv, type ValidateFunction } from 'ajv';
import fc from 'fast-check';
import { newId } from '../../src/lib/ids.ts';
import { type HttpExchange, openHttpExchange } from '../support/http-exchange.ts';
import { arbitraryOf } from '../support/json-schema-arbitrary.ts';
import { opencxFields } from '../support/opencx-bodies.ts';
import { readSpec } from '../support/specs.ts';
import { assertKept, assertValid, type Schema } from '../support/vapi-document.ts';

type Operations = Record<string, { responses: Record<string, unknown> }>;
interface Document {
  paths: Record<string, Operations>;
  components: { schemas: Record<string, Schema> };
}

const SEED = 20_261_125;
const RUNS = 120;
const document = readSpec('opencx-phone.openapi.json') as Document | undefined;
const skip = document ? false : 'the document is not here (OFFHOOK_SPECS)';

const ajv = new Ajv({ strict: false, validateFormats: false, allErrors: true });
if (document) ajv.addSchema({ $id: 'spec', ...document });

/** A check against a part of the document. */
function at(...path: string[]): ValidateFunction {
  const pointer = path.map((part) => encodeURIComponent(part.replaceAll('~', '~0').replaceAll('/', '~1')));
  return ajv.compile({ $ref: `spec#/${pointer.join('/')}` });
}
const schema = (name: string) => at('components', 'schemas', name);
const replyOf = (path: string, method: string) =>
  at('paths', path, method, 'responses', '200', 'content', 'application/json', 'schema');

describe("open.cx's document of its phone API", { skip }, () => {
  let exchange: HttpExchange;
  let agentId: string;
  let byKey: Record<string, fc.Arbitrary<unknown>>;

  before(async () => {
    exchange = await openHttpExchange();
    agentId = ((await exchange.inject('POST', '/phone', { name: 'Desk' })).body as { id: string }).id;
    const now = exchange.clock.now();
    const scenarioId = newId(now);
    const scenario = { id: scenarioId, orgId: exchange.orgId, title: 'A', content: 'B' };
    await exchange.storage.scenarios.insert({ ...scenario, createdAt: now, updatedAt: now });
    const tool = await exchange.inject('POST', '/tool', { type: 'endCall' });
    byKey = opencxFields({ agentId, scenarioId, actionId: (tool.body as { id: string }).id });
  });
  after(() => exchange.close());

  it('has the very routes that are answered, each with its status', () => {
    const opencx = exchange.server.dialects.find(({ name }) => name === 'opencx');
    const named = (method: string, path: string) => `${method} ${path.replaceAll(/\{\w+\}|:\w+/g, '*')}`;
    const ours = opencx?.routes.map(({ method, path, status }) => `${named(method, path)} ${status}`);
    const theirs = Object.entries(document?.paths ?? {}).flatMap(([path, operations]) =>
      Object.keys(operations).map((method) => `${named(method.toUpperCase(), path)} 200`),
    );
    assert.deepEqual(ours?.toSorted(), theirs.toSorted());
  });

  for (const dto of ['CreatePhoneAgentPublicDto', 'CreatePhoneAgentDtoLegacy']) {
    it(`allows no ${dto} that we refuse, and every reply of ours, with nothing lost`, async () => {
      const components = document?.components.schemas ?? {};
      const bodyOf = (name: string) => arbitraryOf(components[name] ?? {}, { components, byKey });
      const validate = schema('PhoneAgent');
      const run = async ([raw, rawChange]: [unknown, unknown]) => {
        const [wanted, change] = JSON.parse(JSON.stringify([raw, rawChange]));
        const made = await exchange.inject('POST', '/phone', wanted);
        assert.equal(made.status, 200, made.text + JSON.stringify(wanted));
        assertValid(validate, made.body);
        assertKept(wanted, made.body);
        const { id } = made.body as { id: string };
        const changed = await exchange.inject('PATCH', `/phone/${id}`, change);
        assert.equal(changed.status, 200, changed.text + JSON.stringify(change));
        assertValid(validate, changed.body);
        assertKept({ ...wanted, ...change }, changed.body);
        assert.deepEqual((await exchange.inject('GET', `/phone/${id}`)).body, changed.body);
        assert.equal((await exchange.inject('DELETE', `/phone/${id}`)).status, 200);
      };
      const pair = fc.tuple(bodyOf(dto), bodyOf('UpdatePhoneAgentPublicDto'));
      await fc.assert(fc.asyncProperty(pair, run), { seed: SEED, numRuns: RUNS });
    });
  }

  it('allows the reply of every other route', async () => {
    const sip = '/phone/sip';
    const created = await exchange.inject('POST', '/phone-number', {
      provider: 'vapi',
      assistantId: agentId,
    });
    assert.equal(created.status, 201);
    const trunk = {
      name: 'T',
      host: 'a.example',
      username: 'u',
      password: 'p',
      caller_number: '+14155550100',
    };
    const place = { name: 'Sales', type: 'phone', value: '+14155550123' };
    const assigning = `${sip}/agents/{phone_agent_id}/transfer-destinations`;
    const credential = await exchange.inject('POST', `${sip}/outbound-trunks`, trunk);
    const { id: credentialId } = credential.body as { id: string };
    const number = '+14155550177';
    const byo = { provider: 'byo-phone-number', credentialId, number };
    assert.equal((await exchange.inject('POST', '/phone-number', byo)).status, 201);
    for (const [method, path, body] of [
      ['get', '/phone'],
      ['get', '/phone/{phone_agent_id}'],
      ['get', '/phone/voices'],
      ['post', `${sip}/inbound-trunk`, {}],
      ['delete', `${sip}/inbound-trunk/phone-numbers/{phone_number}`],
      ['post', `${sip}/outbound-trunks`, trunk],
      ['post', `${sip}/transfer-destinations`, place],
      ['post', assigning, { create: place }],
    ] as const) {
      const url = path.replace('{phone_agent_id}', agentId).replace('{phone_number}', number);
      const reply = await exchange.inject(method.toUpperCase(), url, body);
      assert.equal(reply.status, 200, reply.text);
      assertValid(replyOf(path, method), reply.body);
    }
  });

  it('allows every refusal', async () => {
    const validate = schema('ErrorDto');
    for (const [method, url, body, status] of [
      ['POST', '/phone', {}, 400],
      ['GET', '/phone/nope', undefined, 404],
      ['POST', '/phone/outbound-call', { phone_agent_id: agentId, contact: { phone_number: '1' } }, 400],
      ['PUT', '/phone', {}, 404],
    ] as const) {
      const reply = await exchange.inject(method, url, body);
      assert.equal(reply.status, status, reply.text);
      assertValid(validate, reply.body);
    }
    const unauthorized = await exchange.inject('GET', '/phone', undefined, { key: 'wrong' });
    assert.equal(unauthorized.status, 401);
    assertValid(validate, unauthorized.body);
  });
});
