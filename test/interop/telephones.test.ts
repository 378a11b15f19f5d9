import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { startBaresip } from '../support/baresip.ts';
import { BAKER, type Conversation, openConversation } from '../support/conversation.ts';
import { withHearing } from '../support/hearing.ts';
import { startLinphone } from '../support/linphone.ts';
import { needsPeer } from '../support/peers.ts';
import { type RunningExchange, startExchange } from '../support/running-exchange.ts';
import { CA_PATH, CERT_PATH, KEY_PATH } from '../support/test-certificate.ts';
import { orderOverTrunk } from '../support/trunk-scene.ts';
import { until } from '../support/until.ts';

/** A telephone that we did not write, as this file uses it. */
interface Phone {
  readonly port: number;
  dial(uri: string): Promise<void> | void;
  hangup(): Promise<void> | void;
  heard(): Promise<Int16Array>;
  close(): Promise<void>;
}

interface PhoneOptions {
  plays: Int16Array;
  transport: 'udp' | 'tcp' | 'tls';
  isSecure: boolean;
  /** Takes every call that comes. */
  answers: boolean;
  /** User part of its address. */
  user: string;
}

const PHONES: Readonly<Record<'baresip' | 'linphone', (options: PhoneOptions) => Promise<Phone>>> = {
  baresip: ({ isSecure, ...options }) =>
    startBaresip({ ...options, codec: 'PCMA', records: true, ...(isSecure && { srtp: 'srtp-mand' }) }),
  linphone: ({ isSecure, ...options }) => startLinphone({ ...options, srtp: isSecure }),
};
/** With SRTP where it is TLS. */
const TRANSPORTS = ['udp', 'tls'] as const;
/** Who takes no connection of TLS that others make: over its own one it is called in kamailio-trunk.test.ts. */
const NO_TLS_SERVER = 'linphone';

const hearing = await withHearing();

for (const name of ['baresip', 'linphone'] as const) {
  describe(`a conversation with ${name}`, { concurrency: 2, ...needsPeer(name) }, () => {
    let exchange: RunningExchange;
    let conversation: Conversation;
    let assistantId: string;

    before(async () => {
      conversation = await openConversation();
      exchange = await startExchange({
        OFFHOOK_EGRESS_ALLOW: '127.0.0.0/8',
        OFFHOOK_SIPS_PORT: '0',
        OFFHOOK_TLS_CERT: CERT_PATH,
        OFFHOOK_TLS_KEY: KEY_PATH,
        OFFHOOK_TLS_CA: CA_PATH,
      });
      assistantId = (await exchange.api<{ id: string }>('POST', '/assistant', BAKER)).id;
    });
    after(async () => {
      await conversation.close();
      await exchange.stop();
    });

    /** Waits for the answer to the telephone's question, and hangs up there. */
    async function hold(phone: Phone, callId: string, isSecure: boolean): Promise<void> {
      await conversation.answered(exchange, callId);
      await phone.hangup();
      const record = await exchange.ended(callId);
      assert.equal(record.endedReason, 'customer-ended-call');
      assert.equal(record.artifact.media?.srtp !== undefined, isSecure);
      await conversation.check(record, await phone.heard());
    }

    for (const [index, transport] of TRANSPORTS.entries()) {
      const isSecure = transport === 'tls';
      const over = `over ${transport}${isSecure ? ' and SRTP' : ''}`;

      test(`that calls the agent ${over}`, hearing, async () => {
        const user = `bakery-${transport}`;
        const { numberId } = await exchange.numberWith(user, BAKER);
        const phone = await PHONES[name]({
          plays: conversation.plays,
          transport,
          isSecure,
          answers: false,
          user: 'ann',
        });
        try {
          const { sipPort, sipsPort } = exchange.offhook;
          await phone.dial(`sip:${user}@127.0.0.1:${isSecure ? sipsPort : sipPort};transport=${transport}`);
          const { id } = await until('the exchange has the call', () => exchange.callTo(numberId));
          await hold(phone, id, isSecure);
        } finally {
          await phone.close();
        }
      });

      if (isSecure && name === NO_TLS_SERVER) continue;
      test(`that the agent calls ${over}`, hearing, async () => {
        const number = `+1415555100${index}`;
        const phone = await PHONES[name]({
          plays: conversation.plays,
          transport,
          isSecure,
          answers: true,
          user: number,
        });
        try {
          const id = await orderOverTrunk(exchange, {
            customer: { number },
            assistantId,
            gateway: { port: phone.port, outboundProtocol: isSecure ? 'tls/srtp' : transport },
            ownNumber: `+1415555200${index}`,
          });
          await hold(phone, id, isSecure);
        } finally {
          await phone.close();
        }
      });
    }
  });
}
