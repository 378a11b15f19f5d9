import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { needsPeer } from '../support/peers.ts';
import { type CallView, type RunningExchange, startExchange } from '../support/running-exchange.ts';
import { type SippOperatorOptions, startSippOperator } from '../support/sipp.ts';
import { makeTrunk, makeTrunkNumber } from '../support/trunk-scene.ts';
import { until } from '../support/until.ts';

const HOST = '127.0.0.1';
const FAREWELL = { firstMessage: 'Thank you, goodbye.', endCallPhrases: ['goodbye'] };
const GREETING = { firstMessage: 'Hello, this is the bakery.' };
const NOT_CONNECTED = 'call.in-progress.error-sip-outbound-call-failed-to-connect';
const FAULT = 'call.in-progress.error-providerfault-outbound-sip-';

/** What the call is told to have ended by where the gateway refuses it with a status of each class. */
const REFUSALS: [status: number, endedReason: string][] = [
  [400, NOT_CONNECTED],
  [403, `${FAULT}403-forbidden`],
  [404, NOT_CONNECTED],
  [407, `${FAULT}407-proxy-authentication-required`],
  [408, `${FAULT}408-request-timeout`],
  [480, `${FAULT}480-temporarily-unavailable`],
  [484, NOT_CONNECTED],
  [486, 'customer-busy'],
  [488, NOT_CONNECTED],
  [500, NOT_CONNECTED],
  [503, `${FAULT}503-service-unavailable`],
  [600, 'customer-busy'],
  [603, 'customer-did-not-answer'],
  [604, NOT_CONNECTED],
];

/** What becomes of calls that are answered, or nearly. */
const CALLS: Record<string, [title: string, agent: object, endedReason: string]> = {
  'operator-answers': [
    'that is answered, and ended by the agent',
    FAREWELL,
    'assistant-said-end-call-phrase',
  ],
  'operator-hangs-up': ['that is answered, and ended by who was called', GREETING, 'customer-ended-call'],
  'operator-forks': ['that two forks answer', FAREWELL, 'assistant-said-end-call-phrase'],
  'operator-speaks-then-refuses': ['that is busy after early media', GREETING, 'customer-busy'],
  'operator-answers-in-other-codec': ['whose answer has no codec of ours', GREETING, NOT_CONNECTED],
  'operator-answers-without-description': ['whose answer has no description', GREETING, NOT_CONNECTED],
};

describe('a call that is ordered, with sipp as gateway,', { concurrency: 6, ...needsPeer('sipp') }, () => {
  let exchange: RunningExchange;
  let numbers = 0;

  before(async () => {
    exchange = await startExchange({ OFFHOOK_EGRESS_ALLOW: '127.0.0.0/8' });
  });
  after(() => exchange.stop());

  /** Orders a call over a trunk of this gateway alone. @returns it once it has ended, the scenario as written */
  async function callOver(options: SippOperatorOptions, agent: object = GREETING): Promise<CallView> {
    const gateway = await startSippOperator(options);
    const outboundProtocol = options.transport ?? 'udp';
    const trunkId = await makeTrunk(exchange, {
      gateways: [{ ip: HOST, port: gateway.port, outboundProtocol }],
    });
    numbers += 1;
    const number = `+1415555${1000 + numbers}`;
    const phoneNumberId = await makeTrunkNumber(exchange, trunkId, { number });
    const order = { phoneNumberId, customer: { number: '+12125550199' }, assistant: agent };
    const { id } = await exchange.api<{ id: string }>('POST', '/call', order);
    await gateway.finished;
    return until('the call has ended', async () => {
      const call = await exchange.api<CallView>('GET', `/call/${id}`);
      return call.status === 'ended' && call;
    });
  }

  for (const transport of ['udp', 'tcp'] as const) {
    for (const [status, endedReason] of REFUSALS) {
      test(`and refused with ${status} ends as ${endedReason} over ${transport}`, async () => {
        const scenario = 'operator-refuses';
        const call = await callOver({ scenario, transport, keys: { status: String(status) } });
        assert.equal(call.endedReason, endedReason);
      });
    }

    for (const [scenario, [title, agent, endedReason]] of Object.entries(CALLS)) {
      test(`${title} ends as ${endedReason} over ${transport}`, async () => {
        assert.equal((await callOver({ scenario, transport }, agent)).endedReason, endedReason);
      });
    }

    test(`and sent on by 302 reaches the second over ${transport}`, async () => {
      const second = await startSippOperator({ scenario: 'operator-answers', transport });
      const elsewhere = `sip:+12125550188@${HOST}:${second.port};transport=${transport}`;
      const call = await callOver(
        { scenario: 'operator-redirects', transport, keys: { elsewhere } },
        FAREWELL,
      );
      assert.equal(call.endedReason, 'assistant-said-end-call-phrase');
      await second.finished;
    });

    test(`and sent on by 302 to where the org may not call goes nowhere over ${transport}`, async () => {
      const elsewhere = `sip:+882161234567@${HOST}:9;transport=${transport}`;
      const call = await callOver({ scenario: 'operator-redirects', transport, keys: { elsewhere } });
      assert.equal(call.endedReason, 'call.start.error-fraud-check-failed');
    });
  }
});
