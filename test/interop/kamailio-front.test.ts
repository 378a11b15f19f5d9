import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { startBaresip } from '../support/baresip.ts';
import { BAKER, type Conversation, openConversation } from '../support/conversation.ts';
import { freeTcpPort } from '../support/free-tcp-port.ts';
import { withHearing } from '../support/hearing.ts';
import { type Kamailio, startKamailio } from '../support/kamailio.ts';
import { needsPeer } from '../support/peers.ts';
import { RawCaller } from '../support/raw-caller.ts';
import { type RunningExchange, startExchange } from '../support/running-exchange.ts';
import { makeTrunk, makeTrunkNumber, orderOverTrunk, trunkOf } from '../support/trunk-scene.ts';
import { until } from '../support/until.ts';

const GATEWAY = '127.0.0.5';
const STRANGER = '127.0.0.66';

describe('an exchange whose way out and in is Kamailio', needsPeer('kamailio'), async () => {
  const hearing = await withHearing();
  let kamailio: Kamailio;
  let exchange: RunningExchange;
  let conversation: Conversation;
  let assistantId: string;

  before(async () => {
    const port = await freeTcpPort();
    exchange = await startExchange({
      OFFHOOK_EGRESS_ALLOW: '127.0.0.0/8',
      OFFHOOK_SIP_OUTBOUND_PROXY: `sip:127.0.0.1:${port}`,
      OFFHOOK_TRUSTED_PROXIES: '127.0.0.1',
    });
    kamailio = await startKamailio([exchange.offhook.sipPort], port);
    conversation = await openConversation();
    assistantId = (await exchange.api<{ id: string }>('POST', '/assistant', BAKER)).id;
  });
  after(async () => {
    await exchange.stop();
    await conversation.close();
    await kamailio.close();
  });

  const { skip } = needsPeer('baresip');
  const options = skip === false ? hearing : { skip };

  test('converses with a baresip that calls, and that is called', options, async () => {
    const number = '+14155551009';
    const line = { codec: 'PCMU', records: true, answers: true } as const;
    const phone = await startBaresip({ ...line, user: number, plays: conversation.plays });
    const hold = async (callId: string) => {
      await conversation.answered(exchange, callId);
      await phone.hold();
      await until('the call is held', async () =>
        (await exchange.timeline(callId)).some(({ type }) => type === 'call.held'),
      );
      await phone.hangup();
      const record = await exchange.ended(callId);
      assert.equal(record.endedReason, 'customer-ended-call');
      await conversation.check(record, await phone.heard());
    };
    try {
      const { numberId } = await exchange.numberWith('bakery', BAKER);
      await phone.dial(`sip:bakery@127.0.0.1:${kamailio.port}`);
      const { id } = await until('the exchange has the call', () => exchange.callTo(numberId));
      await hold(id);
      const gateway = { port: phone.port };
      await hold(
        await orderOverTrunk(exchange, {
          customer: { number },
          assistantId,
          gateway,
          ownNumber: '+14155553009',
        }),
      );
      const { sipPort } = exchange.offhook;
      await kamailio.relayed('INVITE', sipPort, 'first');
      await kamailio.relayed('ACK', sipPort, 'later');
      // Its hold and its hanging up found their way through Kamailio too, by the Record-Route that it was given.
      await kamailio.relayed('INVITE', phone.port, 'later');
      await kamailio.relayed('BYE', phone.port, 'later');
    } finally {
      await phone.close();
    }
  });

  test('ends a call of its own through it', { skip }, async () => {
    const number = '+14155551008';
    const phone = await startBaresip({ codec: 'PCMU', user: number, answers: true });
    const agent = { firstMessage: 'Thank you, goodbye.', endCallPhrases: ['goodbye'] };
    try {
      const farewell = await exchange.api<{ id: string }>('POST', '/assistant', agent);
      const id = await orderOverTrunk(exchange, {
        customer: { number },
        assistantId: farewell.id,
        gateway: { port: phone.port },
        ownNumber: '+14155553008',
      });
      await phone.event('CALL_CLOSED', 15_000);
      assert.equal((await exchange.ended(id)).endedReason, 'assistant-said-end-call-phrase');
      await kamailio.relayed('BYE', exchange.offhook.sipPort, 'later');
    } finally {
      await phone.close();
    }
  });

  test('knows a gateway by the address that Kamailio has seen, and no stranger behind it', async () => {
    const id = await makeTrunk(exchange, { gateways: [{ ip: GATEWAY }] });
    const number = '+14155553007';
    await makeTrunkNumber(exchange, id, { number, assistantId });
    const callFrom = async (address: string) => {
      const caller = await RawCaller.open(kamailio.port, address);
      try {
        return (await caller.invite(`sip:${number}@127.0.0.1:${kamailio.port}`)).status;
      } finally {
        caller.close();
      }
    };
    assert.equal(await callFrom(STRANGER), 403);
    assert.equal(await callFrom(GATEWAY), 200);
    const { callsIn, strangers } = await trunkOf(exchange, id);
    assert.deepEqual([callsIn, strangers.map(({ address }) => address)], [1, [STRANGER]]);
  });
});
