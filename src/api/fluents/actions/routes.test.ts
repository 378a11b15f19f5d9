import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { type FluentsExchange, openFluentsExchange } from '../../../../test/support/fluents-exchange.ts';

type Json = Record<string, unknown>;

const BY_MODEL = { type: 'action_trigger_function_call', config: {} };
const BY_PHRASE = {
  type: 'action_trigger_phrase_based',
  config: {
    phrase_triggers: [{ phrase: 'putting you through', conditions: ['phrase_condition_type_contains'] }],
  },
};

describe('actions', () => {
  let exchange: FluentsExchange;
  before(async () => {
    exchange = await openFluentsExchange();
  });
  after(() => exchange.close());

  const send = (path: string, body: Json) => exchange.inject('POST', `/fluents/v1/actions/${path}`, body);
  const make = async (body: Json) => {
    const reply = await send('create', body);
    assert.equal(reply.status, 201, reply.text);
    return reply.body as Json & { id: string };
  };
  const change = async (id: string, body: Json) => {
    const reply = await send(`update?id=${id}`, body);
    assert.equal(reply.status, 201, reply.text);
    return reply.body as Json;
  };
  const stored = async (id: string) => (await exchange.storage.tools.get(exchange.orgId, id))?.tool;

  it('become the tools that do what they say', async () => {
    const to = { phone_number: '1 (415) 555-0123' };
    const number = { type: 'number', number: '+14155550123', e164CheckEnabled: true };
    for (const [body, tool] of [
      [{ type: 'action_end_conversation' }, { type: 'endCall', settings: {} }],
      [
        { type: 'action_dtmf', config: {} },
        { type: 'dtmf', settings: {} },
      ],
      [
        { type: 'action_set_hold', label: 'Hold' },
        { type: 'setHold', label: 'Hold', settings: {} },
      ],
      [
        { type: 'action_transfer_call', config: to, action_trigger: BY_PHRASE, description: 'To Ann' },
        {
          type: 'transferCall',
          description: 'To Ann',
          destinations: [number],
          phraseTriggers: [{ phrase: 'putting you through' }],
          settings: {},
        },
      ],
      [
        { type: 'action_transfer_call', config: { transfer_phone_number: '100' } },
        {
          type: 'transferCall',
          destinations: [{ type: 'number', number: '100', e164CheckEnabled: false }],
          settings: {},
        },
      ],
      [
        { type: 'action_warm_transfer', config: to },
        {
          type: 'transferCall',
          destinations: [{ ...number, transferPlan: { mode: 'warm-transfer-say-summary' } }],
          settings: {},
        },
      ],
      [
        { type: 'action_add_to_conference', config: { ...to, place_primary_on_hold: false } },
        { type: 'addToConference', destinations: [number], settings: { placePrimaryOnHold: false } },
      ],
    ] as const) {
      const { id, type } = await make(body);
      assert.equal(type, body.type);
      assert.deepEqual(await stored(id), { ...tool, id });
    }
  });

  it('of an external server get a secret of their own, which stays', async () => {
    const config = {
      name: 'book',
      description: 'Books a table',
      url: 'https://a.example/book',
      input_schema: { type: 'object' },
      speak_on_send: true,
      speak_on_receive: false,
      processing_mode: 'muted',
    };
    const made = await make({ type: 'action_external', config, label: 'Book', description: 'For guests' });
    const { signature_secret: secret, ...shown } = made.config as Json;
    assert.deepEqual(shown, config);
    assert.equal(Buffer.from(secret as string, 'base64').length, 32);
    assert.deepEqual(made.action_trigger, BY_MODEL);
    const changed = await change(made.id, {
      config: { url: 'https://b.example', signature_secret: 'bXkgb3du' },
      description: null,
    });
    const { description: _, ...rest } = made;
    assert.deepEqual(changed, {
      ...rest,
      config: { ...config, url: 'https://b.example', signature_secret: secret },
    });
    assert.equal((await stored(made.id))?.external?.signatureSecret.reveal(), secret);
  });

  it('keep what a change leaves out, also when they become another kind of transfer', async () => {
    const made = await make({
      type: 'action_transfer_call',
      config: { phone_number: '14155550123' },
      action_trigger: BY_PHRASE,
      label: 'Front',
    });
    const renamed = await change(made.id, { label: 'Desk' });
    assert.deepEqual(renamed, { ...made, label: 'Desk' });
    const warm = await change(made.id, { type: 'action_warm_transfer' });
    assert.deepEqual(warm, { ...renamed, type: 'action_warm_transfer' });
    const byModel = await change(made.id, { type: 'action_transfer_call', action_trigger: null });
    assert.deepEqual(byModel, { ...renamed, action_trigger: BY_MODEL });
    const other = await change(made.id, { type: 'action_end_conversation' });
    assert.deepEqual(other, {
      id: made.id,
      user_id: exchange.orgId,
      type: 'action_end_conversation',
      label: 'Desk',
      config: {},
      action_trigger: BY_MODEL,
    });
  });

  it('that lack what they need, or cannot be triggered so, are refused', async () => {
    for (const [body, message] of [
      [{}, /type must be one of the following values/],
      [{ type: 'action_trigger_function_call' }, /type must be one of the following values/],
      [{ type: 'action_transfer_call' }, /config.phone_number should not be empty/],
      [{ type: 'action_transfer_call', config: { phone_number: 'Ann' } }, /phone_number must be/],
      [{ type: 'action_external', config: { name: 'x' } }, /config.url should not be empty/],
      [{ type: 'action_external', config: { url: 'https://a.example' } }, /config.name should not be empty/],
      [{ type: 'action_dtmf', action_trigger: BY_PHRASE }, /action_trigger.type must be/],
    ] as const) {
      const reply = await send('create', body);
      assert.equal(reply.status, 400, JSON.stringify(body));
      assert.match(reply.text, message);
    }
  });

  it("show another API's tools by what they do, and change them without loss", async () => {
    const tool = {
      type: 'function',
      function: { name: 'book', description: 'Books', parameters: { type: 'object' } },
      server: { url: 'https://a.example', timeoutSeconds: 5, secret: 's' },
      async: true,
    };
    const { id } = (await exchange.inject('POST', '/tool', tool)).body as { id: string };
    const shown = (await exchange.inject('GET', `/fluents/v1/actions?id=${id}`)).body as Json;
    assert.equal(shown.type, 'action_external');
    assert.deepEqual(shown.config, {
      name: 'book',
      description: 'Books',
      url: 'https://a.example',
      input_schema: { type: 'object' },
    });
    await change(id, { config: shown.config });
    assert.equal((await stored(id))?.server?.secret?.reveal(), 's');
    await change(id, { config: { url: 'https://b.example' }, label: 'Book' });
    const changed = await stored(id);
    assert.equal(changed?.server?.secret, undefined, 'another address is told the secret');
    assert.equal(changed?.server?.url, 'https://b.example');
    assert.equal(changed?.server?.timeoutSeconds, 5);
    assert.equal(changed?.async, true);
  });
});
