import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { silentLogger } from '../../src/lib/logger.ts';
import { Callee } from '../../src/phone/callee.ts';
import { parseNameAddress } from '../../src/sip/message/name-address.ts';
import { type OtherOrg, otherOrgOf } from '../support/other-org.ts';
import { RawCaller } from '../support/raw-caller.ts';
import { callTo } from '../support/ringing-scene.ts';
import { type RunningExchange, startExchange, TEST_KEY } from '../support/running-exchange.ts';
import { openTestPhone, type TestPhone } from '../support/test-phone.ts';
import { becomesActive, makeTrunk, makeTrunkNumber, trunkOf } from '../support/trunk-scene.ts';
import { until } from '../support/until.ts';

const DOMAIN = 'sip.exchange.test';
/** Where gateways of the tests call from, beside the telephone's own address. */
const GATEWAY = '127.0.0.5';
const STRANGER = '127.0.0.66';
const GREETING = 'Hello.';

let exchange: RunningExchange;
let phone: TestPhone;
let assistantId: string;

before(async () => {
  exchange = await startExchange({ OFFHOOK_SIP_DOMAIN: DOMAIN, OFFHOOK_EGRESS_ALLOW: '127.0.0.0/8' });
  phone = await openTestPhone();
  const assistant = { name: 'Desk', firstMessage: GREETING };
  assistantId = (await exchange.api<{ id: string }>('POST', '/assistant', assistant)).id;
});
after(async () => {
  await phone.close();
  await exchange.stop();
});

/** Calls by hand from an address of loopback. */
async function callFrom(address: string, uri: string, lines: string[] = []) {
  const caller = await RawCaller.open(exchange.offhook.sipPort, address);
  try {
    return await caller.invite(uri, lines);
  } finally {
    caller.close();
  }
}

/** A gateway that answers whatever we place over it. */
const openGateway = () =>
  Callee.open({
    bindAddress: '127.0.0.1',
    media: phone.media,
    logger: silentLogger,
    manner: { does: 'answer' },
  });

const at = (user: string) => `sip:${user}@${DOMAIN}`;

describe("a number of the customer's own trunk", () => {
  test('is activating at first, active by itself, and talks to the caller at the gateway', async () => {
    const id = await makeTrunk(exchange);
    const body = { provider: 'byo-phone-number', credentialId: id, number: '+14155550110', assistantId };
    const made = await exchange.api<{ id: string; status: string }>('POST', '/phone-number', body);
    assert.equal(made.status, 'activating');
    await becomesActive(exchange, made.id);
    const call = await phone.dial(exchange.uri('+14155550110'));
    await call.answered;
    await call.nextSpurt(20_000);
    await call.hangup();
    const record = await exchange.endedCall(made.id);
    assert.equal(record.endedReason, 'customer-ended-call');
    const { callsIn, strangersRefused } = await trunkOf(exchange, id);
    assert.deepEqual([callsIn, strangersRefused], [1, 0]);
  });

  test('is found without its plus, behind the tech prefix, and where it is no number at all', async () => {
    const id = await makeTrunk(exchange, { credential: { techPrefix: '99' }, gateways: [{ ip: GATEWAY }] });
    await makeTrunkNumber(exchange, id, { number: '+14155550111', assistantId });
    await makeTrunkNumber(exchange, id, { number: '1234', numberE164CheckEnabled: false, assistantId });
    await makeTrunkNumber(exchange, id, { number: 'abc', numberE164CheckEnabled: false, assistantId });
    for (const user of ['+14155550111', '14155550111', '9914155550111', '1234', 'abc', 'ABC'])
      assert.equal((await callFrom(GATEWAY, at(user))).status, 200, user);
    assert.equal((await callFrom(GATEWAY, at('4321'))).status, 404);
  });

  test('that is an extension or a name calls out as such, and to one', async () => {
    const desk = await openGateway();
    try {
      const id = await makeTrunk(exchange, { gateways: [{ ip: '127.0.0.1', port: desk.port }] });
      for (const [own, other] of [
        ['2345', 'frontdesk'],
        ['backdesk', '5432'],
      ] as const) {
        const loose = { numberE164CheckEnabled: false };
        const phoneNumberId = await makeTrunkNumber(exchange, id, { number: own, ...loose, assistantId });
        const order = { phoneNumberId, assistantId, customer: { number: other, ...loose } };
        const { id: callId } = await exchange.api<{ id: string }>('POST', '/call', order);
        const call = await callTo(desk, other);
        const from = call.session.request.headers.find(({ name }) => name === 'From')?.value ?? '';
        assert.equal(parseNameAddress(from)?.uri.user, own);
        await call.nextSpurt(20_000);
        await call.hangup();
        const record = await exchange.endedCall(phoneNumberId);
        assert.deepEqual([record.id, record.endedReason], [callId, 'customer-ended-call']);
      }
    } finally {
      await desk.close();
    }
  });

  test('that falls back to itself is not called in a circle, and the record says why', async () => {
    const carrier = await openGateway();
    try {
      const number = '+14155550115';
      const id = await makeTrunk(exchange, { gateways: [{ ip: '127.0.0.1', port: carrier.port }] });
      const fallbackDestination = { type: 'number', number };
      const numberId = await makeTrunkNumber(exchange, id, { number, fallbackDestination });
      const call = await phone.dial(exchange.uri(number));
      await call.answered;
      await call.nextSpurt(20_000);
      await call.whenEnded(20_000);
      const record = await exchange.endedCall(numberId);
      assert.equal(record.endedReason, 'call.in-progress.error-transfer-failed');
      const { transfers = [] } = record.artifact as { transfers?: { outcome: string; detail?: string }[] };
      assert.deepEqual(
        transfers.map(({ outcome, detail }) => [outcome, detail]),
        [['failed', 'the destination loops back to the same number']],
      );
      assert.equal(carrier.calls.length, 0);
    } finally {
      await carrier.close();
    }
  });

  test('is activating again once its trunk is gone', async () => {
    const id = await makeTrunk(exchange);
    const numberId = await makeTrunkNumber(exchange, id, { number: '+14155550112', assistantId });
    await exchange.api('DELETE', `/credential/${id}`);
    await until('the number is activating', async () => {
      const { status } = await exchange.api('GET', `/phone-number/${numberId}`);
      return status === 'activating';
    });
    assert.equal((await callFrom('127.0.0.1', at('+14155550112'))).status, 480);
  });

  test('shows who calls as a trusted gateway asserts it, and nobody where he wants to stay unknown', async () => {
    const id = await makeTrunk(exchange, { gateways: [{ ip: '127.0.0.4', netmask: 30 }] });
    const customerOf = async (number: string, lines: string[]) => {
      const numberId = await makeTrunkNumber(exchange, id, { number, assistantId });
      await callFrom(GATEWAY, at(number), lines);
      return (await exchange.endedCall(numberId)).customer;
    };
    const asserted = 'P-Asserted-Identity: "Ann" <sip:+442079460018@carrier.example>';
    assert.deepEqual(await customerOf('+14155550113', [asserted]), { name: 'Ann', number: '+442079460018' });
    assert.equal((await customerOf('+14155550114', [asserted, 'Privacy: id']))?.number, undefined);
  });
});

describe('a stranger to a trunk', () => {
  test('is refused with 403, and the reason is shown to the owner alone', async () => {
    const id = await makeTrunk(exchange, { gateways: [{ ip: GATEWAY }] });
    await makeTrunkNumber(exchange, id, { number: '+14155550120', assistantId });
    assert.equal((await callFrom(STRANGER, at('+14155550120'))).status, 403);
    assert.equal((await callFrom(STRANGER, `sip:+14155550120@${id}.${DOMAIN}`)).status, 403);
    const { strangersRefused, strangers } = await trunkOf(exchange, id);
    assert.equal(strangersRefused, 2);
    const [{ address, dialled, why } = assert.fail('no stranger is shown')] = strangers;
    assert.deepEqual([address, dialled], [STRANGER, '+14155550120']);
    assert.match(why, /in the network of no gateway/);
    const figures = await (await fetch(`${exchange.offhook.httpUrl}/metrics`)).text();
    assert.ok(figures.includes(`offhook_trunk_strangers_total{trunk="${id}"} 2`));
  });

  test('is not believed what he asserts at a SIP URI', async () => {
    const { numberId } = await exchange.numberWith('open-desk', { firstMessage: GREETING });
    await callFrom(STRANGER, at('open-desk'), ['P-Asserted-Identity: <sip:+442079460018@x>']);
    assert.equal((await exchange.endedCall(numberId)).customer?.number, undefined);
  });

  test('hears nothing where OFFHOOK_STRANGERS is silence, whether there is such a number or not', async () => {
    const silent = await startExchange({ OFFHOOK_STRANGERS: 'silence' });
    const callers: RawCaller[] = [];
    const from = async (address: string) => {
      const caller = await RawCaller.open(silent.offhook.sipPort, address);
      callers.push(caller);
      return caller;
    };
    try {
      const id = await makeTrunk(silent, { gateways: [{ ip: GATEWAY }] });
      const { assistantId: own } = await silent.numberWith('open-desk', { firstMessage: GREETING });
      await makeTrunkNumber(silent, id, { number: '+14155550121', assistantId: own });
      const [stranger, gateway] = [await from(STRANGER), await from(GATEWAY)];
      await assert.rejects(stranger.invite('sip:+14155550121@127.0.0.1'), { name: 'AbortError' });
      assert.equal(stranger.received, 0, 'not even a 100');
      assert.equal((await trunkOf(silent, id)).strangersRefused, 1);
      assert.equal((await gateway.invite('sip:+14155550121@127.0.0.1')).status, 200);
      assert.equal((await (await from(STRANGER)).invite('sip:open-desk@127.0.0.1')).status, 200);
      const guessing = await from(STRANGER);
      await assert.rejects(guessing.invite('sip:nobody@127.0.0.1'), { name: 'AbortError' });
      assert.equal(guessing.received, 0, 'a number that there is not looks the same');
      assert.equal((await (await from(GATEWAY)).invite('sip:nobody@127.0.0.1')).status, 404);
    } finally {
      for (const caller of callers) caller.close();
      await silent.stop();
    }
  });
});

test('a stranger to a trunk is challenged like a caller of nobody where unknown users are', async () => {
  const asking = await startExchange({ OFFHOOK_UNKNOWN_USERS: 'challenge' });
  const caller = await RawCaller.open(asking.offhook.sipPort, STRANGER);
  try {
    const id = await makeTrunk(asking, { gateways: [{ ip: GATEWAY }] });
    const { assistantId: own } = await asking.numberWith('open-desk', { firstMessage: GREETING });
    await makeTrunkNumber(asking, id, { number: '+14155550122', assistantId: own });
    for (const user of ['+14155550122', '+14155550129'])
      assert.equal((await caller.invite(`sip:${user}@127.0.0.1`)).status, 401, user);
    assert.equal((await trunkOf(asking, id)).strangersRefused, 1);
  } finally {
    caller.close();
    await asking.stop();
  }
});

describe('two orgs at one gateway', () => {
  const SHARED = '127.0.0.7';
  let other: OtherOrg;

  before(async () => {
    other = await otherOrgOf(exchange);
  });

  test('each get the calls of their own numbers, and of the same number those of their own sub-domain', async () => {
    const [mine, theirs] = [
      await makeTrunk(exchange, { gateways: [{ ip: SHARED }] }),
      await makeTrunk(other, { gateways: [{ ip: SHARED }] }),
    ];
    await makeTrunkNumber(exchange, mine, { number: '+14155550130', assistantId });
    await makeTrunkNumber(exchange, mine, { number: '+14155550131', assistantId });
    const { id: theirAssistant } = await other.api<{ id: string }>('POST', '/assistant', {
      firstMessage: GREETING,
    });
    for (const number of ['+14155550131', '+14155550132'])
      await makeTrunkNumber(other, theirs, { number, assistantId: theirAssistant });
    const counts = async () => [
      (await trunkOf(exchange, mine)).callsIn,
      (await trunkOf(other, theirs)).callsIn,
    ];
    await callFrom(SHARED, at('+14155550130'));
    assert.deepEqual(await counts(), [1, 0]);
    await callFrom(SHARED, at('+14155550132'));
    assert.deepEqual(await counts(), [1, 1]);
    await callFrom(SHARED, `sip:+14155550131@${theirs}.${DOMAIN}`);
    assert.deepEqual(await counts(), [1, 2]);
    await callFrom(SHARED, `sip:+14155550131@${mine}.sip.vapi.ai`);
    assert.deepEqual(await counts(), [2, 2]);
    const response = await fetch(`${exchange.offhook.httpUrl}/admin/trunks/${theirs}`, {
      headers: { authorization: `Bearer ${TEST_KEY}` },
    });
    assert.equal(response.status, 404, "the other org's trunk is not shown");
  });
});

test('a trunk on an address that must not be reached is told why it is neither asked nor registered', async () => {
  const strict = await startExchange();
  try {
    const id = await makeTrunk(strict, {
      gateways: [{ ip: '127.0.0.1', port: 5999, optionsPingEnabled: true }],
      credential: { outboundAuthenticationPlan: { authUsername: 'ann', sipRegisterPlan: {} } },
    });
    const { gateways, registration } = await until('both have been tried', async () => {
      const trunk = await trunkOf(strict, id);
      return trunk.gateways[0]?.lastError && trunk.registration?.error ? trunk : undefined;
    });
    for (const error of [gateways[0]?.lastError, registration?.error])
      assert.match(error ?? '', /^127\.0\.0\.1 must not be reached: .* \(see OFFHOOK_EGRESS_ALLOW\)$/);
    assert.equal(registration?.state, 'failed');
  } finally {
    await strict.stop();
  }
});

test("a trunk's gateway may call more often than OFFHOOK_SOURCE_CPS lets anybody else", async () => {
  const strict = await startExchange({ OFFHOOK_SOURCE_CPS: '0.01' });
  try {
    const id = await makeTrunk(strict);
    const { assistantId: own } = await strict.numberWith('open-desk', { firstMessage: GREETING });
    await makeTrunkNumber(strict, id, { number: '+14155550140', assistantId: own });
    const caller = await RawCaller.open(strict.offhook.sipPort);
    for (let call = 0; call < 5; call += 1)
      assert.equal((await caller.invite('sip:+14155550140@127.0.0.1')).status, 200);
    caller.close();
  } finally {
    await strict.stop();
  }
});
