import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { after, before, describe, test } from 'node:test';
import type { Credential } from '../../src/domain/credentials/credential.ts';
import { Secret } from '../../src/lib/secret.ts';
import { type DialingExchange, startDialingExchange, trunk } from '../support/dialing-exchange.ts';
import { hears } from '../support/hears.ts';
import { needsPeer } from '../support/peers.ts';
import { type SippOperator, startSippOperator } from '../support/sipp.ts';
import { tone } from '../support/tones.ts';
import { until } from '../support/until.ts';

const HOST = '127.0.0.1';
const ACCOUNT = { username: 'exchange', password: 'trunk-password-of-the-tests' };
const NUMBER = '+14155550123';

const REFUSALS = [
  [486, 'busy'],
  [600, 'busy'],
  [480, 'no-answer'],
  [603, 'rejected'],
  [404, 'unreachable'],
  [500, 'failed'],
] as const;

describe('the exchange calls sipp', { concurrency: 4, ...needsPeer('sipp') }, () => {
  let exchange: DialingExchange;
  const credentials: Credential[] = [];

  before(async () => {
    exchange = await startDialingExchange({ ports: { from: 36_000, to: 36_199 }, credentials });
  });
  after(() => exchange.close());

  for (const transport of ['udp', 'tcp'] as const) {
    const operator = (scenario: string, more: { keys?: Record<string, string>; echoes?: boolean } = {}) =>
      startSippOperator({ scenario, transport, ...more });
    const dial = ({ port }: SippOperator, timeoutMs = 10_000) =>
      exchange.dial(
        { type: 'sip', sipUri: `sip:operator@${HOST}:${port};transport=${transport}` },
        { timeoutMs },
      );

    test(`who answers, is heard, and is hung up on over ${transport}`, async () => {
      const called = await operator('operator-answers', { echoes: true });
      const leg = await dial(called);
      const statuses: number[] = [];
      leg.provisionals.on((status) => statuses.push(status));
      await leg.answered;
      leg.media.play(tone(600, 500));
      await hears(leg.media, 600);
      await leg.hangup();
      await called.finished;
      assert.deepEqual(statuses, [180]);
    });

    for (const [status, outcome] of REFUSALS) {
      test(`who refuses with ${status}: ${outcome} over ${transport}`, async () => {
        const called = await operator('operator-refuses', { keys: { status: String(status) } });
        const leg = await dial(called);
        await assert.rejects(leg.answered, { outcome, status });
        await called.finished;
      });
    }

    test(`who never answers: CANCEL, and no answer over ${transport}`, async () => {
      const called = await operator('operator-rings');
      const leg = await dial(called, 500);
      await assert.rejects(leg.answered, { outcome: 'no-answer' });
      await called.finished;
    });

    test(`who sends it on: the second is called over ${transport}`, async () => {
      const second = await operator('operator-answers');
      const elsewhere = `sip:second@${HOST}:${second.port};transport=${transport}`;
      const first = await operator('operator-redirects', { keys: { elsewhere } });
      const leg = await dial(first);
      await leg.answered;
      await leg.hangup();
      await Promise.all([first.finished, second.finished]);
    });

    test(`who hangs up over ${transport}`, async () => {
      const called = await operator('operator-hangs-up');
      const leg = await dial(called);
      await leg.answered;
      await until('the leg has ended', () => leg.end);
      assert.deepEqual(leg.end, { by: 'peer', detail: 'Q.850;cause=16' });
      await called.finished;
      await leg.hangup();
    });

    test(`who is heard before the answer over ${transport}`, async () => {
      const called = await operator('operator-speaks-early', { echoes: true });
      const leg = await dial(called);
      let isAnswered = false;
      void leg.answered.then(() => {
        isAnswered = true;
      });
      leg.media.play(tone(600, 500));
      await hears(leg.media, 600);
      assert.equal(isAnswered, false);
      await leg.answered;
      await leg.hangup();
      await called.finished;
    });

    test(`a gateway that asks for the trunk's account over ${transport}`, async () => {
      const called = await operator('operator-challenges');
      const outboundAuthenticationPlan = {
        authUsername: ACCOUNT.username,
        authPassword: new Secret(ACCOUNT.password),
      };
      const gateway = trunk('trunk', [called.port], { protocol: transport });
      credentials.splice(0, credentials.length, { ...gateway, outboundAuthenticationPlan });
      const leg = await exchange.dial({ type: 'number', number: NUMBER });
      await leg.answered;
      await leg.hangup();
      const { messages } = await called.finished;
      const [, second] = messages.filter(({ text }) => text.startsWith('INVITE'));
      const digest = /^Proxy-Authorization: Digest (.*)$/m.exec(second?.text ?? '')?.[1] ?? '';
      assertAnswered(digest, 'INVITE', /^sip:\+14155550123@/);
    });

    test(`a registrar that wants a longer interval and our account keeps our binding over ${transport}`, async () => {
      const registrar = await operator('registrar');
      const registration = exchange.userAgent.register({
        registrar: `sip:${HOST}:${registrar.port};transport=${transport}`,
        aor: 'sip:exchange@trunk.test',
        contactUser: 'trunk1',
        credentials: ACCOUNT,
        realm: 'trunk.test',
        expiresSeconds: 60,
      });
      await until('we are registered', () => registration.state === 'registered');
      await registration.close();
      const { messages } = await registrar.finished;
      const answers = messages.flatMap(({ text }) => /^Authorization: Digest (.*)$/m.exec(text)?.[1] ?? []);
      assert.equal(answers.length, 2);
      for (const answer of answers) assertAnswered(answer, 'REGISTER', /^sip:127\.0\.0\.1:/);
    });
  }
});

/** Computes the digest anew (RFC 7616 section 3.4, MD5 and qop=auth), not by the exchange's own code. */
function assertAnswered(digest: string, method: string, uri: RegExp): void {
  const field = (name: string) => new RegExp(`\\b${name}="?([^",]*)`).exec(digest)?.[1] ?? '';
  const md5 = (text: string) => createHash('md5').update(text).digest('hex');
  const secret = md5(`${ACCOUNT.username}:trunk.test:${ACCOUNT.password}`);
  const request = md5(`${method}:${field('uri')}`);
  const middle = [field('nonce'), field('nc'), field('cnonce'), field('qop')].join(':');
  assert.equal(field('username'), ACCOUNT.username);
  assert.match(field('uri'), uri);
  assert.equal(field('response'), md5(`${secret}:${middle}:${request}`));
}
