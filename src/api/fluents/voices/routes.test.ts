import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { type FluentsExchange, openFluentsExchange } from '../../../../test/support/fluents-exchange.ts';
import { Secret } from '../../../lib/secret.ts';

type Json = Record<string, unknown>;

describe('voices', () => {
  let exchange: FluentsExchange;
  before(async () => {
    exchange = await openFluentsExchange();
  });
  after(() => exchange.close());

  const send = (path: string, body: Json) => exchange.inject('POST', `/fluents/v1/voices/${path}`, body);
  const make = async (body: Json) => (await send('create', body)).body as Json;

  for (const body of [
    { type: 'voice_azure', voice_name: 'en-US-JennyNeural', pitch: 5, rate: 15 },
    { type: 'voice_rime', speaker: 'ana', speed_alpha: 1.1, model_id: 'mist' },
    {
      type: 'voice_eleven_labs',
      voice_id: 'v1',
      stability: 0.2,
      similarity_boost: 0.7,
      model_id: 'eleven_turbo_v2',
    },
    { type: 'voice_play_ht', voice_id: 's3://x', version: '2', speed: 1.1, quality: 'high', top_p: 0.5 },
    { type: 'voice_cartesia', voice_id: 'sonic-1', label: 'Sonia', description: 'Calm' },
  ]) {
    it(`of ${body.type} come back as they were made`, async () => {
      const made = await make(body);
      assert.deepEqual(made, { id: made.id, user_id: exchange.orgId, ...body });
      assert.deepEqual((await exchange.inject('GET', `/fluents/v1/voices?id=${made.id}`)).body, made);
    });
  }

  it('are stored by the names that the engine speaks with', async () => {
    const { id } = await make({ type: 'voice_eleven_labs', voice_id: 'v1', stability: '.2', model_id: 'm' });
    const part = await exchange.storage.parts.get(exchange.orgId, 'voice', id as string);
    assert.deepEqual(part?.voice, {
      provider: '11labs',
      voiceId: 'v1',
      model: 'm',
      settings: { stability: 0.2 },
    });
  });

  it('keep what a change leaves out; another kind replaces all but the label', async () => {
    const made = await make({ type: 'voice_azure', voice_name: 'a', pitch: 5, label: 'Mine' });
    const patched = await send(`update?id=${made.id}`, { pitch: null, rate: 20 });
    const { pitch: _, ...rest } = made;
    assert.deepEqual(patched.body, { ...rest, rate: 20 });
    const other = await send(`update?id=${made.id}`, { type: 'voice_rime', speaker: 'ana' });
    assert.deepEqual(other.body, {
      id: made.id,
      user_id: exchange.orgId,
      type: 'voice_rime',
      label: 'Mine',
      speaker: 'ana',
    });
    const unnamed = await send(`update?id=${made.id}`, { type: 'voice_azure' });
    assert.equal(unnamed.status, 400);
    assert.match(unnamed.text, /voice_name should not be empty for voice_azure/);
  });

  it('without the name of the voice, or of no kind, are refused', async () => {
    for (const [body, message] of [
      [{}, /type must be a string/],
      [{ type: 'voice_azure' }, /voice_name should not be empty/],
      [{ type: 'elevenlabs', voice_id: 'v' }, /type must be valid/],
    ] as const) {
      const reply = await send('create', body);
      assert.equal(reply.status, 400, JSON.stringify(body));
      assert.match(reply.text, message);
    }
  });

  it('may bring a key of their own, which no reply of any API shows and which stays when it is sent back masked', async () => {
    const made = await make({
      type: 'voice_play_ht',
      voice_id: 'v',
      api_key: 'sk-own',
      api_user_id: 'u-own',
    });
    assert.deepEqual([made.api_key, made.api_user_id], ['********', '********']);
    assert.deepEqual((await send(`update?id=${made.id}`, made)).body, made);
    const part = await exchange.storage.parts.get(exchange.orgId, 'voice', made.id as string);
    const kept = part?.voice.settings.apiKey;
    assert.equal(kept instanceof Secret && kept.reveal(), 'sk-own');
    const unset = (await send(`update?id=${made.id}`, { api_key: null, api_user_id: null })).body as Json;
    assert.equal(Object.hasOwn(unset, 'api_key'), false);
  });

  it('are gone once deleted', async () => {
    const { id } = await make({ type: 'voice_rime', speaker: 'ana' });
    assert.equal((await exchange.inject('DELETE', `/fluents/v1/voices/delete?id=${id}`)).status, 200);
    assert.equal((await exchange.inject('GET', `/fluents/v1/voices?id=${id}`)).status, 404);
  });
});
