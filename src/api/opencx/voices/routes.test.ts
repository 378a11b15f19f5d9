import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { type HttpExchange, openHttpExchange } from '../../../../test/support/http-exchange.ts';
import { FLITE_VOICES } from '../../../voice/tts/flite-wire.ts';

async function voices(
  exchange: HttpExchange,
): Promise<{ voice_id: string; labels: { language: unknown } }[]> {
  const reply = await exchange.inject('GET', '/phone/voices');
  assert.equal(reply.status, 200, reply.text);
  return reply.body as { voice_id: string; labels: { language: unknown } }[];
}
const idsOf = async (exchange: HttpExchange) => (await voices(exchange)).map(({ voice_id }) => voice_id);
const SARAH = 'EXAVITQu4vr4xnSDxMaL';

describe('/phone/voices', () => {
  it('are the voices that the exchange speaks with by itself', async () => {
    const exchange = await openHttpExchange();
    try {
      assert.deepEqual(await idsOf(exchange), [...FLITE_VOICES]);
      assert.ok((await voices(exchange)).every(({ labels }) => labels.language === 'en'));
    } finally {
      await exchange.close();
    }
  });

  it("are also the vendor's where the org has a key, for that org alone", async () => {
    const exchange = await openHttpExchange();
    try {
      await exchange.inject('POST', '/credential', { provider: '11labs', apiKey: 'k' });
      assert.ok((await idsOf(exchange)).includes(SARAH));
      const other = await exchange.inject('GET', '/phone/voices', undefined, { key: exchange.otherKey });
      assert.equal(other.text.includes(SARAH), false);
    } finally {
      await exchange.close();
    }
  });

  it("are also the vendor's where the operator has a key", async () => {
    const exchange = await openHttpExchange({ hasVendorKey: (provider) => provider === '11labs' });
    try {
      const ids = await idsOf(exchange);
      assert.ok(ids.includes(SARAH));
      assert.equal(new Set(ids).size, ids.length);
    } finally {
      await exchange.close();
    }
  });
});
