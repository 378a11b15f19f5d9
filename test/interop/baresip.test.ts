import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import type { MediaStats } from '../../src/domain/calls/call.ts';
import { startBaresip } from '../support/baresip.ts';
import { needsPeer } from '../support/peers.ts';
import { type RunningExchange, startExchange } from '../support/running-exchange.ts';
import { until } from '../support/until.ts';

const GREETING = 'Hello, this is the bakery.';
/**
 * baresip opens its RTCP path with a lone APP packet each time that its media starts, which is thrice here, and leaves with
 * a lone BYE: reduced size (RFC 5506) to which nobody has agreed, so they are refused.
 */
const LONE_RTCP_PACKETS = 4;
const CALLERS = [
  { codec: 'PCMU', transport: 'udp' },
  { codec: 'PCMA', transport: 'tcp' },
] as const;

describe('baresip calls the exchange', { concurrency: 3, ...needsPeer('baresip') }, () => {
  let exchange: RunningExchange;

  before(async () => {
    exchange = await startExchange();
  });
  after(() => exchange.stop());

  for (const { codec, transport } of CALLERS) {
    test(`with ${codec} over ${transport}: hears the greeting, presses a key, holds and resumes, hangs up`, async () => {
      const user = `bakery-${codec}`;
      const { numberId } = await exchange.numberWith(user, { firstMessage: GREETING });
      const baresip = await startBaresip({ codec, transport });
      try {
        await baresip.dial(`${exchange.uri(user)};transport=${transport}`);
        await baresip.event('CALL_ESTABLISHED');
        await baresip.event('CALL_RTPESTAB');
        const { id } = await until('the exchange has the call', () => exchange.callTo(numberId));
        const happened = async (type: string) =>
          (await exchange.timeline(id)).find((entry) => entry.type === type);
        const spoken = await until('the greeting is over', () => happened('message.added'));
        assert.equal(spoken.data.message, GREETING);
        await baresip.press('5');
        const pressed = await until('the key has come', () => happened('dtmf.received'));
        assert.equal(pressed.data.digit, '5');
        await baresip.hold();
        await until('the call is held', () => happened('call.held'));
        await baresip.resume();
        await until('the call is resumed', () => happened('call.resumed'));
        await baresip.hangup();
      } finally {
        await baresip.close();
      }
      const { endedReason, artifact } = await exchange.endedCall(numberId);
      assert.equal(endedReason, 'customer-ended-call');
      const media = artifact.media as MediaStats | undefined;
      assert.ok(media, 'the line was measured');
      assert.equal(media.codec, codec);
      assert.ok(media.received > 50 && media.sent > 50, JSON.stringify(media));
      assert.ok(media.rejected <= LONE_RTCP_PACKETS, `${media.rejected} packets were refused`);
      assert.equal(media.lost, 0);
    });
  }

  test('and is hung up on by the agent', async () => {
    const agent = { firstMessage: 'Thank you, goodbye.', endCallPhrases: ['goodbye'] };
    const { numberId } = await exchange.numberWith('farewell', agent);
    const baresip = await startBaresip({ codec: 'PCMU' });
    try {
      await baresip.dial(exchange.uri('farewell'));
      await baresip.event('CALL_ESTABLISHED');
      await baresip.event('CALL_CLOSED', 15_000);
    } finally {
      await baresip.close();
    }
    assert.equal((await exchange.endedCall(numberId)).endedReason, 'assistant-said-end-call-phrase');
  });

  test('and proves that it knows the password of the number', async () => {
    const credentials = { username: 'baker-of-the-interop-tests', password: 'correct-horse-battery-staple' };
    const number = { authentication: { realm: 'interop.test', ...credentials } };
    const { numberId } = await exchange.numberWith('locked', { firstMessage: GREETING }, number);
    const stranger = await startBaresip({ codec: 'PCMU' });
    const baker = await startBaresip({ codec: 'PCMU', credentials });
    try {
      await stranger.dial(exchange.uri('locked'));
      await stranger.event('CALL_CLOSED');
      assert.equal(await exchange.callTo(numberId), undefined, 'without it there is no call');
      await baker.dial(exchange.uri('locked'));
      await baker.event('CALL_ESTABLISHED');
      await baker.hangup();
    } finally {
      await Promise.all([stranger.close(), baker.close()]);
    }
    assert.equal((await exchange.endedCall(numberId)).endedReason, 'customer-ended-call');
  });

  test('and gives up while it rings', async () => {
    const ringing = await startExchange({ OFFHOOK_RING_DELAY_MS: '30000' });
    const baresip = await startBaresip({ codec: 'PCMU' });
    try {
      const { numberId } = await ringing.numberWith('bakery', { firstMessage: GREETING });
      await baresip.dial(ringing.uri('bakery'));
      await baresip.event('CALL_RINGING');
      await baresip.hangup();
      const { endedReason } = await ringing.endedCall(numberId);
      assert.equal(endedReason, 'call.ringing.sip-inbound-caller-hungup-before-call-connect');
    } finally {
      await baresip.close();
      await ringing.stop();
    }
  });

  test('and is told that nobody has the number', async () => {
    const baresip = await startBaresip({ codec: 'PCMU' });
    try {
      await baresip.dial(exchange.uri('nobody'));
      const { param } = await baresip.event('CALL_CLOSED');
      assert.match(param ?? '', /^404 /);
    } finally {
      await baresip.close();
    }
  });
});
