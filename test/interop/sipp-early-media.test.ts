import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { createHoldSound } from '../../src/flow/session/hold-sound.ts';
import { systemClock } from '../../src/lib/clock.ts';
import { type DialingExchange, startDialingExchange } from '../support/dialing-exchange.ts';
import { needsPeer } from '../support/peers.ts';
import { RtpPeer } from '../support/rtp-peer.ts';
import { runSipp } from '../support/sipp.ts';
import { goertzel, joinSamples } from '../support/tones.ts';
import { until } from '../support/until.ts';

/** The pitch of our ringing tone. */
const RINGBACK_HZ = 425;

describe('sipp hears the exchange before the answer', needsPeer('sipp'), () => {
  let exchange: DialingExchange;
  let ear: RtpPeer;
  /** What sipp's ear had heard when each call was answered. */
  const heardEarly: Int16Array[] = [];

  const heard = () => joinSamples(ear.packets.map(({ samples }) => samples));

  before(async () => {
    exchange = await startDialingExchange({
      ports: { from: 36_200, to: 36_299 },
      receive: async (leg) => {
        leg.ring();
        assert.ok(leg.openEarlyMedia());
        const sound = createHoldSound('ringback', leg.media, systemClock);
        try {
          await until('half a second is heard', () => heard().length >= 4_000);
        } finally {
          await sound.stop();
        }
        heardEarly.push(heard());
        leg.ended.on(() => void leg.media.close());
        await leg.answer();
      },
    });
  });
  after(() => exchange.close());

  for (const transport of ['udp', 'tcp'] as const) {
    test(`as a ringing tone, and gets the same description with the answer over ${transport}`, async () => {
      ear = await RtpPeer.bind('127.0.0.1', exchange.port);
      heardEarly.length = 0;
      const { messages } = await runSipp({
        scenario: 'early-media',
        transport,
        user: 'bakery',
        port: exchange.port,
        keys: { ear: String(ear.port) },
      }).finally(() => ear.close());
      const [early] = heardEarly;
      assert.ok(early && goertzel(early.subarray(800, 4_000), RINGBACK_HZ) > 3_000);
      const description = (status: number) => {
        const response = messages.find(({ text }) => text.startsWith(`SIP/2.0 ${status}`));
        return response?.text.split(/\r?\n\r?\n/)[1];
      };
      assert.match(description(183) ?? '', /m=audio/);
      assert.equal(description(200), description(183));
    });
  }
});
