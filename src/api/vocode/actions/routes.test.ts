import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { type HttpExchange, openHttpExchange } from '../../../../test/support/http-exchange.ts';

type Json = Record<string, unknown>;

let exchange: HttpExchange;
before(async () => {
  exchange = await openHttpExchange();
});
after(() => exchange.close());

async function ok(url: string, body: unknown): Promise<Json> {
  const { status, body: reply, text } = await exchange.inject('POST', url, body);
  assert.ok(status === 200 || status === 201, text);
  return reply as Json;
}

const toolOf = async (id: unknown) => {
  const stored = await exchange.storage.tools.get(exchange.orgId, String(id));
  assert.ok(stored);
  return stored.tool;
};

const EXTERNAL = {
  name: 'book',
  description: 'Books a table',
  url: 'https://book.example',
  input_schema: { type: 'object', properties: { size: { type: 'integer' } } },
  speak_on_send: true,
  speak_on_receive: false,
};

describe('actions', () => {
  it('are tools that calls know, with what sets them off', async () => {
    const { id } = await ok('/v1/actions/create', {
      type: 'action_add_to_conference',
      config: { phone_number: '14155550123', place_primary_on_hold: false },
      action_trigger: {
        type: 'action_trigger_phrase_based',
        config: {
          phrase_triggers: [{ phrase: 'One moment', conditions: ['phrase_condition_type_contains'] }],
        },
      },
    });
    assert.deepEqual(await toolOf(id), {
      id,
      type: 'addToConference',
      settings: { placePrimaryOnHold: false },
      phraseTriggers: [{ phrase: 'One moment' }],
      destinations: [{ type: 'number', number: '+14155550123', e164CheckEnabled: true }],
    });
    const changed = await ok(`/v1/actions/update?id=${id}`, {
      type: 'action_add_to_conference',
      action_trigger: { type: 'action_trigger_function_call', config: {} },
    });
    assert.equal((changed.action_trigger as Json).type, 'action_trigger_function_call');
    assert.equal((await toolOf(id)).phraseTriggers, undefined);
  });

  it('of a customer have a signing secret that is made once and shown', async () => {
    const made = await ok('/v1/actions/create', { type: 'action_external', config: EXTERNAL });
    const secret = (made.config as Json).signature_secret;
    assert.equal(Buffer.from(String(secret), 'base64').length, 32);
    const changed = await ok(`/v1/actions/update?id=${made.id}`, {
      type: 'action_external',
      config: { ...EXTERNAL, url: 'https://new.example', signature_secret: 'of my own' },
    });
    assert.equal((changed.config as Json).signature_secret, secret);
    const { name, parameters, external } = await toolOf(made.id);
    assert.deepEqual([name, parameters], [EXTERNAL.name, EXTERNAL.input_schema]);
    assert.deepEqual([external?.url, external?.speakOnSend], ['https://new.example', true]);
  });

  it('of other APIs are shown as the nearest kind, and keep what they are when they change', async () => {
    const made = await ok('/tool', {
      type: 'function',
      function: { name: 'ask', parameters: { type: 'object' } },
      server: { url: 'https://tool.example', secret: 'hush' },
    });
    const shown = (await exchange.inject('GET', `/v1/actions?id=${made.id}`)).body as Json;
    assert.deepEqual([shown.type, (shown.config as Json).url], ['action_external', 'https://tool.example']);
    await ok(`/v1/actions/update?id=${made.id}`, {
      type: 'action_external',
      config: { ...EXTERNAL, url: 'https://tool.example' },
    });
    const tool = await toolOf(made.id);
    assert.deepEqual([tool.type, tool.name, tool.external], ['function', 'book', undefined]);
    assert.equal(tool.server?.secret?.reveal(), 'hush');
  });

  it('cannot be set off by a phrase where the model must say what is sent', async () => {
    const { status } = await exchange.inject('POST', '/v1/actions/create', {
      type: 'action_dtmf',
      action_trigger: { type: 'action_trigger_phrase_based', config: { phrase_triggers: [] } },
    });
    assert.equal(status, 422);
  });
});
