import assert from 'node:assert/strict';
import { after, before, beforeEach, describe, it } from 'node:test';
import {
  type DialingExchange,
  numberOf,
  OWN_DOMAIN,
  startDialingExchange,
  trunk,
} from '../../../test/support/dialing-exchange.ts';
import { hears } from '../../../test/support/hears.ts';
import { type Callees, openCallees } from '../../../test/support/open-callees.ts';
import { tone } from '../../../test/support/tones.ts';
import { until } from '../../../test/support/until.ts';
import type { Call } from '../../domain/calls/call.ts';
import type { Credential } from '../../domain/credentials/credential.ts';
import type { PhoneNumber } from '../../domain/numbers/number.ts';
import type { Leg } from '../../flow/leg.ts';
import type { Callee } from '../../phone/callee.ts';
import { RawPeer } from '../../sip/session/test-support.ts';
import { SipOutboundLeg } from './sip-outbound-leg.ts';

const HOST = '127.0.0.1';
const LIMIT_MS = 5_000;
const NUMBER = '+14155550123';

describe('dialling out', () => {
  let callees: Callees;
  let operator: Callee;
  let exchange: DialingExchange;
  let inbound: ((leg: Leg) => Promise<void>) | undefined;
  const credentials: Credential[] = [];
  const names = new Map<string, string[]>();
  /** Names that were looked up, each time that they were. */
  const lookups: string[] = [];

  before(async () => {
    callees = openCallees({ from: 35_000, to: 35_199 });
    operator = await callees.open();
    exchange = await startDialingExchange({
      ports: { from: 35_200, to: 35_399 },
      credentials,
      resolveAll: async (host) => {
        lookups.push(host);
        return names.get(host) ?? [];
      },
      receive: async (leg) => inbound?.(leg),
    });
  });
  beforeEach(() => {
    operator.calls.length = 0;
    operator.manner = { does: 'answer' };
    credentials.length = 0;
    names.clear();
    lookups.length = 0;
    inbound = undefined;
  });
  after(async () => {
    await Promise.all([callees.close(), exchange.close()]);
  });

  const call = () => operator.call(LIMIT_MS, 0);
  const toOperator = (fields = {}) => ({ type: 'sip' as const, sipUri: operator.uri(), ...fields });

  describe('to a SIP URI', () => {
    it('reaches it, tells who calls and the headers of the destination, and carries audio both ways', async () => {
      const leg = await exchange.dial(toOperator({ sipHeaders: { 'X-Ticket': '42' } }));
      await leg.answered;
      const taken = await call();
      assert.match(taken.header('From') ?? '', /"Ann" <sip:\+442079460018@exchange\.test>/);
      assert.equal(taken.header('X-Ticket'), '42');
      assert.equal(taken.header('Max-Forwards'), '69');
      assert.equal(taken.header('P-Asserted-Identity'), undefined);
      assert.equal(leg.carrierCallId, taken.callId);
      const heard = Promise.all([hears(leg.media, 600), hears(taken.media, 1500)]);
      taken.media.play(tone(600, 400));
      leg.media.play(tone(1500, 400));
      await heard;
      await leg.hangup();
      assert.equal((await taken.whenEnded(LIMIT_MS)).by, 'peer');
      assert.deepEqual(leg.end, { by: 'us' });
    });

    it('shows the callerId instead of the caller where it is asked for', async () => {
      const leg = await exchange.dial(toOperator(), { callerId: '+4930123456' });
      await leg.answered;
      assert.match((await call()).header('From') ?? '', /^<sip:\+4930123456@exchange\.test>/);
      await leg.hangup();
    });

    it('lets the far end be heard before it answers', async () => {
      operator.manner = { does: 'speak-early' };
      const leg = await exchange.dial(toOperator());
      const statuses: number[] = [];
      leg.provisionals.on((status) => statuses.push(status));
      const taken = await call();
      taken.media.play(tone(600, 600));
      await hears(leg.media, 600);
      assert.deepEqual(statuses, [183]);
      await taken.answer();
      await leg.answered;
      await leg.hangup();
    });

    it('tells when the far end hangs up, holds and resumes, and presses a key by INFO', async () => {
      const leg = await exchange.dial(toOperator());
      await leg.answered;
      const taken = await call();
      const held: boolean[] = [];
      leg.held.on((isHeld) => held.push(isHeld));
      await taken.hold();
      await taken.resume();
      assert.deepEqual(held, [true, false]);
      const keys: string[] = [];
      leg.dtmf.on(({ digit }) => keys.push(digit));
      assert.equal(await taken.pressByInfo('7'), 200);
      assert.deepEqual(keys, ['7']);
      await taken.hangup();
      await until('the leg has ended', () => leg.end);
      assert.equal(leg.end?.by, 'peer');
      await leg.hangup();
    });

    const REFUSALS: [status: number, outcome: string][] = [
      [486, 'busy'],
      [480, 'no-answer'],
      [603, 'rejected'],
      [404, 'unreachable'],
      [488, 'failed'],
    ];
    for (const [status, outcome] of REFUSALS) {
      it(`is ${outcome} where the far end refuses with ${status}`, async () => {
        operator.manner = { does: 'refuse', status };
        const leg = await exchange.dial(toOperator());
        await assert.rejects(leg.answered, { name: 'DialError', outcome, status });
        assert.equal(leg.end?.by, 'peer');
        assert.equal(leg.end?.code, status);
      });
    }

    it('gives up with CANCEL after its time: no answer', async () => {
      operator.manner = { does: 'ring' };
      const leg = await exchange.dial(toOperator(), { timeoutMs: 300 });
      await assert.rejects(leg.answered, { outcome: 'no-answer', status: undefined });
      assert.equal((await (await call()).whenEnded(LIMIT_MS)).cancelled, true);
      assert.equal(leg.end?.by, 'us');
    });

    it('is taken back with CANCEL by a hangup before the answer', async () => {
      operator.manner = { does: 'ring' };
      const leg = await exchange.dial(toOperator());
      const taken = await call();
      await leg.hangup();
      await assert.rejects(leg.answered, { outcome: 'cancelled' });
      assert.equal((await taken.whenEnded(LIMIT_MS)).cancelled, true);
      assert.equal(leg.end?.cancelled, true);
    });

    it('ends an answer without audio that we speak by BYE, and has failed', async () => {
      const raw = await RawPeer.open(exchange.port);
      try {
        const leg = await exchange.dial({ type: 'sip', sipUri: `sip:x@${HOST}:${raw.port}` });
        const invite = await raw.awaitRequest('INVITE');
        const body =
          'v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\nm=audio 9 RTP/AVP 18\r\n';
        raw.respond(invite, 200, { toTag: 'x', extra: [`Contact: <sip:x@${HOST}:${raw.port}>`], body });
        await assert.rejects(leg.answered, { outcome: 'failed' });
        await raw.awaitRequest('BYE');
      } finally {
        raw.close();
      }
    });

    it('is unreachable in a few seconds where nobody responds, not in half a minute', async () => {
      const raw = await RawPeer.open(exchange.port);
      try {
        const startedAt = performance.now();
        const leg = await exchange.dial({ type: 'sip', sipUri: `sip:x@${HOST}:${raw.port}` });
        await assert.rejects(leg.answered, { outcome: 'unreachable' });
        assert.ok(performance.now() - startedAt < 8_000);
      } finally {
        raw.close();
      }
    });

    it('follows a redirection without the headers meant for the first, through the gate', async () => {
      const second = await callees.open();
      const refuse = (contact: string) => ({
        does: 'refuse' as const,
        status: 302,
        headers: [{ name: 'Contact', value: `<${contact}>` }],
      });
      operator.manner = refuse(second.uri('desk'));
      const leg = await exchange.dial(toOperator({ sipHeaders: { 'X-Ticket': '42' } }));
      await leg.answered;
      const taken = await second.call(LIMIT_MS, 0);
      assert.equal(taken.session.request.uri.user, 'desk');
      assert.equal(taken.header('X-Ticket'), undefined);
      await leg.hangup();
      operator.manner = refuse('sip:desk@10.0.0.1');
      const refused = await exchange.dial(toOperator());
      await assert.rejects(refused.answered, { outcome: 'refused' });
    });

    it("carries headers of the exchange's own beside the destination's, over a trunk as well", async () => {
      credentials.push(trunk('trunk', [operator.port]));
      const headers = { 'X-Transfer-Summary': 'Wants a refund.' };
      const leg = await exchange.dial({ type: 'number', number: NUMBER }, { headers });
      await leg.answered;
      assert.equal((await call()).header('X-Transfer-Summary'), 'Wants a refund.');
      await leg.hangup();
    });
  });

  describe('to a number', () => {
    it('goes over the trunk of the number that was called, and tells it who calls', async () => {
      credentials.push(trunk('other', [9]), trunk('mine', [operator.port], { createdAt: 5 }));
      const number = { ...numberOf('bakery'), credentialId: 'mine' };
      const leg = await exchange.dial({ type: 'number', number: NUMBER }, { number });
      await leg.answered;
      const taken = await call();
      assert.equal(taken.session.request.uri.user, NUMBER);
      assert.equal(taken.header('P-Asserted-Identity'), '<sip:+442079460018@exchange.test>');
      assert.equal(leg.carrier, 'trunk');
      await leg.hangup();
    });

    it('goes over the oldest trunk of the org where its number has none', async () => {
      credentials.push(
        trunk('young', [9], { createdAt: 5 }),
        trunk('old', [operator.port], { createdAt: 1 }),
      );
      const leg = await exchange.dial({ type: 'number', number: NUMBER }, { number: numberOf('bakery') });
      await leg.answered;
      await leg.hangup();
    });

    it('goes on to the next gateway where the first is overloaded', async () => {
      const full = await callees.open({ does: 'refuse', status: 503 });
      credentials.push(trunk('trunk', [full.port, operator.port]));
      const leg = await exchange.dial({ type: 'number', number: NUMBER });
      await leg.answered;
      assert.equal(full.calls.length, 1);
      assert.equal(leg.source.port, operator.port);
      await leg.hangup();
    });

    it('is unreachable where the org has no trunk, and says so', async () => {
      await assert.rejects(exchange.dial({ type: 'number', number: NUMBER }), {
        outcome: 'unreachable',
        message: /no byo-sip-trunk credential/,
      });
    });
  });

  describe('through the gate', () => {
    const refused = (dialled: Promise<unknown>, message: RegExp) =>
      assert.rejects(dialled, { name: 'DialError', outcome: 'refused', message });

    it('refuses what leads to a private address, by literal or by name, also behind a public one', async () => {
      names.set('mixed.test', ['8.8.8.8', '10.0.0.1']);
      for (const host of ['10.0.0.1', '169.254.169.254', 'mixed.test'])
        await refused(exchange.dial({ type: 'sip', sipUri: `sip:x@${host}` }), /not allowed/);
      credentials.push(trunk('trunk', [5060], { ip: '10.0.0.1' }));
      await refused(exchange.dial({ type: 'number', number: NUMBER }), /not allowed/);
    });

    it('dials the address that was judged, whatever the name means later', async () => {
      names.set('pbx.test', [HOST]);
      const leg = await exchange.dial({ type: 'sip', sipUri: `sip:x@pbx.test:${operator.port}` });
      await leg.answered;
      assert.deepEqual(lookups, ['pbx.test']);
      await leg.hangup();
    });

    it('is unreachable where the name has no address', async () => {
      const dialled = exchange.dial({ type: 'sip', sipUri: 'sip:x@nowhere.test' });
      await assert.rejects(dialled, { outcome: 'unreachable' });
    });

    it('refuses a call to the number that it is for, by name or by address', async () => {
      const number = numberOf('bakery');
      for (const sipUri of [`sip:bakery@${OWN_DOMAIN}`, `sip:Bakery@${HOST}:${exchange.port}`])
        await refused(exchange.dial({ type: 'sip', sipUri }, { number }), /loops back to the same number/);
    });

    it('refuses a call to the telephone number that it is for, since the network would bring it back', async () => {
      const number: PhoneNumber = { ...numberOf('bakery'), address: NUMBER };
      credentials.push(trunk('trunk', [operator.port]));
      const destination = { type: 'number' as const, number: NUMBER, e164CheckEnabled: true };
      await refused(exchange.dial(destination, { number }), /loops back to the same number/);
      await refused(exchange.judgeReferral({ number, destination }), /loops back to the same number/);
      assert.equal(operator.calls.length, 0);
    });

    it('reaches another number of our own by our own name, with one hop less', async () => {
      const legs: Leg[] = [];
      inbound = async (leg) => {
        legs.push(leg);
        await leg.answer();
      };
      const destination = { type: 'sip' as const, sipUri: `sip:florist@${OWN_DOMAIN}` };
      const leg = await exchange.dial(destination, { number: numberOf('bakery'), maxForwards: 6 });
      await leg.answered;
      const [received] = legs;
      assert.ok(received);
      assert.equal(received.dialled, 'florist');
      assert.equal(received.maxForwards, 5);
      received.media.play(tone(600, 400));
      await hears(leg.media, 600);
      await leg.hangup();
      await received.hangup();
    });

    it('stops a call that circles between numbers of our own after ten hops', async () => {
      const hops: number[] = [];
      const failures: unknown[] = [];
      inbound = async (leg) => {
        hops.push(leg.maxForwards);
        const sipUri = `sip:${leg.dialled === 'florist' ? 'bakery' : 'florist'}@${OWN_DOMAIN}`;
        const call = { id: leg.id, orgId: 'org', customer: {} } as Call;
        const options = { call, maxForwards: leg.maxForwards, number: numberOf(leg.dialled) };
        const next = await exchange.dial({ type: 'sip', sipUri }, options).catch((error: unknown) => error);
        if (next instanceof SipOutboundLeg) await assert.rejects(next.answered);
        else failures.push(next);
        leg.reject(480);
      };
      const first = await exchange.dial({ type: 'sip', sipUri: `sip:florist@${OWN_DOMAIN}` });
      await assert.rejects(first.answered, { outcome: 'no-answer' });
      assert.deepEqual(hops, [10, 9, 8, 7, 6, 5, 4, 3, 2, 1]);
      assert.equal(failures.length, 1);
      assert.match(String(failures[0]), /too many exchanges/);
    });

    it('refuses a call without hops left, and more legs of one call than may be', async () => {
      await refused(exchange.dial(toOperator(), { maxForwards: 1 }), /too many exchanges/);
      operator.manner = { does: 'ring' };
      const legs = await Promise.all([1, 2, 3, 4].map(() => exchange.dial(toOperator())));
      await refused(exchange.dial(toOperator()), /outbound legs/);
      const other = { call: { id: 'other', orgId: 'org', customer: {} } as Call };
      const [first] = legs;
      legs.push(await exchange.dial(toOperator(), other));
      await first?.hangup();
      legs.push(await exchange.dial(toOperator()));
      await Promise.all(legs.map((leg) => leg.hangup()));
    });

    it('refuses headers, caller ids and URIs that would write another line', async () => {
      await refused(exchange.dial(toOperator({ sipHeaders: { 'X-A': 'a\r\nVia: b' } })), /SIP header X-A/);
      await refused(exchange.dial(toOperator(), { callerId: '1\r\n2' }), /callerId/);
      await refused(exchange.dial({ type: 'sip', sipUri: 'sip:a@b\r\nX: 1' }), /line break/);
      assert.equal(exchange.media.activeCount, 0, 'no port was taken for them');
    });
  });
});
