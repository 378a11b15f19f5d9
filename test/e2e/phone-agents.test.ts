import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import type { DialOptions } from '../../src/phone/telephone.ts';
import { type RunningExchange, startExchange } from '../support/running-exchange.ts';
import { openTestPhone, type TestPhone } from '../support/test-phone.ts';

const ADDRESS = '+14155550142';
const SPURT_LIMIT_MS = 10_000;

interface PhoneAgent {
  id: string;
  phone_number: string | null;
  first_message: string;
}

describe('a phone agent of open.cx', () => {
  let exchange: RunningExchange;
  let phone: TestPhone;
  let numberId: string;
  let agent: PhoneAgent;

  before(async () => {
    exchange = await startExchange();
    phone = await openTestPhone();
    agent = await exchange.api<PhoneAgent>('POST', '/phone', { name: 'Desk' });
    const gateways = [{ ip: '192.0.2.9' }];
    const trunk = { provider: 'byo-sip-trunk', gateways };
    const { id: credentialId } = await exchange.api<{ id: string }>('POST', '/credential', trunk);
    ({ id: numberId } = await exchange.api<{ id: string }>('POST', '/phone-number', {
      provider: 'byo-phone-number',
      number: ADDRESS,
      credentialId,
      assistantId: agent.id,
    }));
  });

  after(async () => {
    await phone.close();
    await exchange.stop();
  });

  /** Calls the number and listens until the agent has spoken. @returns what the record says that it said. */
  async function greeting(options: Partial<DialOptions> = {}): Promise<string | undefined> {
    const call = await phone.dial(exchange.uri(ADDRESS), options);
    await call.answered;
    await call.nextSpurt(SPURT_LIMIT_MS);
    await call.hangup();
    return spokenIn(numberId);
  }
  async function spokenIn(id: string): Promise<string | undefined> {
    const { artifact } = await exchange.endedCall(id);
    return artifact.messages.find(({ role }) => role === 'bot')?.message;
  }

  test('answers its number with the default first message, and with another once it was changed', async () => {
    const { id } = await exchange.api<PhoneAgent>('POST', '/phone', { name: 'Bakery' });
    const sipUri = 'sip:bakery@sip.vapi.ai';
    const number = { provider: 'vapi', sipUri, assistantId: id };
    const bound = await exchange.api<{ id: string }>('POST', '/phone-number', number);
    const called = async () => {
      const call = await phone.dial(exchange.uri('bakery'));
      await call.answered;
      await call.nextSpurt(SPURT_LIMIT_MS);
      await call.hangup();
      return spokenIn(bound.id);
    };
    assert.equal((await exchange.api<PhoneAgent>('GET', `/phone/${id}`)).phone_number, sipUri);
    assert.equal(await called(), 'Hello?');
    const changed = await exchange.api<PhoneAgent>('PATCH', `/phone/${id}`, {
      type: 'inbound',
      voice_id: 'slt',
      first_message: 'Welcome to the bakery.',
    });
    assert.equal(changed.phone_number, sipUri);
    assert.equal(await called(), 'Welcome to the bakery.');
  });

  test('behind the inbound trunk answers those alone who know its account, who may choose another', async () => {
    const other = await exchange.api<PhoneAgent>('POST', '/opencx/phone', {
      name: 'Night',
      first_message: 'Good night.',
    });
    await exchange.api('PATCH', `/phone/${agent.id}`, { first_message: 'Good day.' });
    const trunk = await exchange.api<Record<string, string>>('POST', '/phone/sip/inbound-trunk', {
      phone_numbers: [ADDRESS],
    });
    const credentials = {
      username: trunk.auth_username ?? '',
      password: trunk.auth_password ?? '',
    };
    const stranger = await phone.dial(exchange.uri(ADDRESS));
    await assert.rejects(stranger.answered, { status: 401 });
    assert.equal(await greeting({ credentials }), 'Good day.');
    const headers = [{ name: trunk.agent_id_header ?? '', value: other.id }];
    assert.equal(await greeting({ credentials, headers }), 'Good night.');
    const path = `/phone/sip/inbound-trunk/phone-numbers/${ADDRESS}`;
    await exchange.api('DELETE', path);
    // It is the trunk's own again, whose gateway is elsewhere.
    await assert.rejects((await phone.dial(exchange.uri(ADDRESS))).answered, { status: 403 });
  });
});
