import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { needsPeer } from '../support/peers.ts';
import { type RunningExchange, startExchange } from '../support/running-exchange.ts';
import { runSipp } from '../support/sipp.ts';

interface Scenario {
  title: string;
  /** Codec of the call in the end. */
  codec?: string;
  /** Lines of the timeline that it must leave, in order. */
  timeline?: string[];
}

const HELD = ['call.held', 'call.resumed'];

/** What each scenario in `sipp/` proves of session descriptions. */
const SCENARIOS: Record<string, Scenario> = {
  'hold-inactive': { title: 'hold by a=inactive', timeline: HELD },
  'hold-zero-address': { title: 'hold by the address 0.0.0.0', timeline: HELD },
  'codec-change': { title: 'a re-INVITE changes the codec', codec: 'PCMA' },
  'video-beside-audio': { title: 'a video stream is refused in its place' },
  'late-offer-in-call': { title: 'the answer to our offer in a re-INVITE changes the codec', codec: 'PCMA' },
  'multipart-body': { title: 'the offer is one part of a body' },
  'dynamic-payload-types': { title: 'G.711 has a payload type of its own', codec: 'PCMA' },
  'wideband-codec': { title: 'G.722 is taken where it is offered first', codec: 'G722' },
  opus: { title: 'Opus is taken where it is offered first', codec: 'opus' },
  'packet-time': { title: 'the packet time of the offer is taken' },
  'unchanged-offer': { title: 'a re-INVITE that changes nothing is answered' },
  'description-with-errors': { title: 'an offer that cannot be read is refused, and the call goes on' },
};

describe('descriptions of sipp', { concurrency: 8, ...needsPeer('sipp') }, () => {
  let exchange: RunningExchange;

  before(async () => {
    exchange = await startExchange();
  });
  after(() => exchange.stop());

  for (const transport of ['udp', 'tcp'] as const) {
    for (const [scenario, { title, codec = 'PCMU', timeline = [] }] of Object.entries(SCENARIOS)) {
      test(`${title} over ${transport}`, async () => {
        const user = `${scenario}-${transport}`;
        const { numberId } = await exchange.numberWith(user, { firstMessage: 'Hello.' });
        await runSipp({ scenario, transport, user, port: exchange.offhook.sipPort });
        const record = await exchange.endedCall(numberId);
        assert.equal(record.endedReason, 'customer-ended-call');
        assert.equal(record.artifact.media?.codec, codec);
        const types = (await exchange.timeline(record.id)).map(({ type }) => type);
        assert.deepEqual(
          types.filter((type) => HELD.includes(type)),
          timeline,
        );
      });
    }
  }
});
