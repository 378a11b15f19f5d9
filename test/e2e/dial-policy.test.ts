import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { DialError, type DialRequest } from '../../src/flow/dialer.ts';
import { silentLogger } from '../../src/lib/logger.ts';
import { createMediaPool } from '../../src/media/media-pool.ts';
import type { MediaPool } from '../../src/media/media-session.ts';
import { Callee } from '../../src/phone/callee.ts';
import { type DialingExchange, numberOf, startDialingExchange, trunk } from '../support/dialing-exchange.ts';
import { FORBIDDEN_NUMBERS } from '../support/forbidden-numbers.ts';

const PORTS = { from: 27_000, to: 27_199 };
const PHONE_PORTS = { from: 27_200, to: 27_399 };

const NUMBERS = Object.values(FORBIDDEN_NUMBERS).flat();

let exchange: DialingExchange;
let media: MediaPool;
let gateway: Callee;
/** Where calls that got out would arrive after a redirection. */
let beyond: Callee;

before(async () => {
  media = createMediaPool({ workers: 1, ports: PHONE_PORTS, logger: silentLogger });
  const parts = { bindAddress: '127.0.0.1', media, logger: silentLogger };
  gateway = await Callee.open({ ...parts, manner: { does: 'answer' } });
  beyond = await Callee.open({ ...parts, manner: { does: 'answer' } });
  exchange = await startDialingExchange({
    ports: PORTS,
    outbound: { homeCountry: 'US' },
    credentials: [trunk('trunk', [gateway.port])],
  });
});
after(async () => {
  await exchange.close();
  await gateway.close();
  await beyond.close();
  await media.close();
});

const from = { ...numberOf('desk'), address: '+14155550100', credentialId: 'trunk' };

async function isRefused(destination: object, request: Partial<DialRequest> = {}): Promise<void> {
  const asked = JSON.stringify(destination);
  const leg = await exchange.dial(destination, { number: from, ...request }).catch((error: unknown) => {
    assert.ok(error instanceof DialError, `${asked}: ${error}`);
    assert.equal(error.outcome, 'refused', `${asked}: ${error.message}`);
    return undefined;
  });
  if (!leg) return;
  await assert.rejects(leg.answered, { outcome: 'refused' }, asked);
}

describe(`none of ${NUMBERS.length} numbers beyond the policy is called`, () => {
  test('by the API', async () => {
    for (const number of NUMBERS) await isRefused({ type: 'number', number }, { by: 'api' });
    assert.equal(gateway.calls.length, 0);
  });

  test('by a transfer, whoever asks for it within the call', async () => {
    for (const number of NUMBERS) await isRefused({ type: 'number', number });
    assert.equal(gateway.calls.length, 0);
  });

  test("as a SIP URI at the trunk's gateway", async () => {
    for (const number of NUMBERS) {
      const user = number.includes('%') ? number : encodeURIComponent(number);
      await isRefused({ type: 'sip', sipUri: `sip:${user}@127.0.0.1:${gateway.port}` });
    }
    assert.equal(gateway.calls.length, 0);
  });

  test("as a SIP URI at the trunk's gateway that the caller's own exchange is asked to call", async () => {
    for (const number of NUMBERS) {
      const user = number.includes('%') ? number : encodeURIComponent(number);
      const sipUri = `sip:${user}@127.0.0.1:${gateway.port}`;
      await assert.rejects(
        exchange.judgeReferral({ destination: { type: 'sip', sipUri }, number: from }),
        { name: 'DialError', outcome: 'refused' },
        sipUri,
      );
    }
    const home = `sip:+14155550123@127.0.0.1:${gateway.port}`;
    await exchange.judgeReferral({ destination: { type: 'sip', sipUri: home }, number: from });
  });

  test('by a redirection of the trunk, wherever it leads', async () => {
    for (const number of NUMBERS) {
      const user = number.includes('%') ? number : encodeURIComponent(number);
      const contact = `<sip:${user}@127.0.0.1:${beyond.port}>`;
      gateway.manner = { does: 'refuse', status: 302, headers: [{ name: 'Contact', value: contact }] };
      await isRefused({ type: 'number', number: '+14155550123' });
    }
    assert.equal(beyond.calls.length, 0);
    assert.equal(gateway.calls.length, NUMBERS.length, 'the first place is asked each time');
  });

  test('while a number at home is', async () => {
    gateway.manner = { does: 'answer' };
    const leg = await exchange.dial({ type: 'number', number: '+14155550123' }, { number: from });
    await leg.answered;
    await leg.hangup();
  });
});
