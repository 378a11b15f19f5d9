import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { startBaresip } from '../support/baresip.ts';
import { BAKER, type Conversation, openConversation } from '../support/conversation.ts';
import { withHearing } from '../support/hearing.ts';
import { type KamailioTrunk, startKamailioTrunk, TRUNK_REALM } from '../support/kamailio-trunk.ts';
import { startLinphone } from '../support/linphone.ts';
import { needsPeer } from '../support/peers.ts';
import { type RunningExchange, startExchange } from '../support/running-exchange.ts';
import { CA_PATH, CERT_PATH, KEY_PATH } from '../support/test-certificate.ts';
import { makeTrunk, makeTrunkNumber, trunkOf } from '../support/trunk-scene.ts';
import { until } from '../support/until.ts';

const ACCOUNT = 'trunk1';
const PASSWORD = 'trunk-password-of-the-tests';
/** A telephone behind the trunk, which is reached by the number that it has registered. */
interface Subscriber {
  dial(uri: string): Promise<void> | void;
  hangup(): Promise<void> | void;
  heard(): Promise<Int16Array>;
  close(): Promise<void>;
}

type Open = (number: string, registrar: string, plays: Int16Array) => Promise<Subscriber>;

const SUBSCRIBERS: { name: 'baresip' | 'linphone'; number: string; ownNumber: string; open: Open }[] = [
  {
    name: 'baresip',
    number: '+14155551001',
    ownNumber: '+14155553001',
    async open(user, registrar, plays) {
      const credentials = { username: user, password: PASSWORD };
      const line = {
        codec: 'PCMU',
        transport: 'tls',
        srtp: 'srtp-mand',
        records: true,
        answers: true,
      } as const;
      return startBaresip({ ...line, user, registrar, credentials, plays });
    },
  },
  {
    name: 'linphone',
    number: '+14155551002',
    ownNumber: '+14155553002',
    async open(username, registrar, plays) {
      const account = { registrar, username, password: PASSWORD, realm: TRUNK_REALM };
      return startLinphone({ transport: 'tls', srtp: true, answers: true, account, plays });
    },
  },
];

describe('a trunk with REGISTER, digest, TLS and SRTP', needsPeer('kamailioTls'), async () => {
  const hearing = await withHearing();
  let trunk: KamailioTrunk;
  let exchange: RunningExchange;
  let conversation: Conversation;
  let credentialId: string;
  let assistantId: string;

  before(async () => {
    trunk = await startKamailioTrunk({ account: ACCOUNT, password: PASSWORD });
    conversation = await openConversation();
    exchange = await startExchange({
      OFFHOOK_EGRESS_ALLOW: '127.0.0.0/8',
      OFFHOOK_SIPS_PORT: '0',
      OFFHOOK_TLS_CERT: CERT_PATH,
      OFFHOOK_TLS_KEY: KEY_PATH,
      OFFHOOK_TLS_CA: CA_PATH,
    });
    credentialId = await makeTrunk(exchange, {
      gateways: [{ ip: '127.0.0.1', port: trunk.port, outboundProtocol: 'tls/srtp' }],
      credential: {
        outboundLeadingPlusEnabled: true,
        outboundAuthenticationPlan: { authUsername: ACCOUNT, authPassword: PASSWORD, sipRegisterPlan: {} },
      },
    });
    assistantId = (await exchange.api<{ id: string }>('POST', '/assistant', BAKER)).id;
  });
  after(async () => {
    await exchange.stop();
    await conversation.close();
    await trunk.close();
  });

  test('has registered the exchange', async () => {
    await until('the trunk is registered', async () => {
      const { registration } = await trunkOf(exchange, credentialId);
      return registration?.state === 'registered' && registration.lastStatus === 200;
    });
  });

  for (const { name, number, ownNumber, open } of SUBSCRIBERS) {
    const { skip } = needsPeer(name);
    const options = skip === false ? hearing : { skip };

    test(`brings the call of a ${name} to the agent, and takes the agent's call to it`, options, async () => {
      const numberId = await makeTrunkNumber(exchange, credentialId, { number: ownNumber, assistantId });
      const phone = await open(number, `127.0.0.1:${trunk.port}`, conversation.plays);
      try {
        await trunk.registered(number);
        await phone.dial(`sip:${ownNumber}@127.0.0.1:${trunk.port};transport=tls`);
        const { id } = await until('the exchange has the call', () => exchange.callTo(numberId));
        await hold(phone, id);
        const order = { phoneNumberId: numberId, customer: { number }, assistantId };
        await hold(phone, (await exchange.api<{ id: string }>('POST', '/call', order)).id);
      } finally {
        await phone.close();
      }
    });
  }

  async function hold(phone: Subscriber, callId: string): Promise<void> {
    await conversation.answered(exchange, callId);
    await phone.hangup();
    const record = await exchange.ended(callId);
    assert.equal(record.endedReason, 'customer-ended-call');
    assert.equal(record.artifact.media?.srtp?.suite, 'AES_CM_128_HMAC_SHA1_80');
    await conversation.check(record, await phone.heard());
  }
});
