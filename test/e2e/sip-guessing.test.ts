import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { RawCaller } from '../support/raw-caller.ts';
import { type RunningExchange, startExchange } from '../support/running-exchange.ts';
import { assistant } from '../support/test-agents.ts';
import { openTestPhone } from '../support/test-phone.ts';

/** Tries of each kind whose times are compared. */
const TRIES = 1_000;
const MAX_DIFFERENCE_MS = 2;
/** Wrong credentials that get a source banned. */
const FAILURES = 20;
/** Long enough for an answer that must not come. */
const SILENCE_MS = 400;

let exchange: RunningExchange;
let numberId: string;

before(async () => {
  exchange = await startExchange({ OFFHOOK_UNKNOWN_USERS: 'challenge', OFFHOOK_SOURCE_CPS: '100000' });
  const agent = assistant({ firstMessage: 'Hello.' });
  const authentication = { username: 'the-account-of-the-bakery', password: 'rye & spelt & sourdough' };
  await exchange.numberWith('guarded', agent, { authentication });
  ({ numberId } = await exchange.numberWith('open', agent));
});

after(() => exchange.stop());

/** Credentials for the challenge of a user, with a password that is wrong. */
function wrongCredentials(challenge: string, uri: string): string {
  const field = (name: string) => new RegExp(`${name}="([^"]*)"`).exec(challenge)?.[1] ?? '';
  const response = '0'.repeat(32);
  const quoted = {
    username: 'guess',
    realm: field('realm'),
    nonce: field('nonce'),
    uri,
    response,
    cnonce: 'c',
  };
  const fields = Object.entries(quoted).map(([name, value]) => `${name}="${value}"`);
  return `Authorization: Digest ${fields.join(', ')}, algorithm=MD5, qop=auth, nc=00000001`;
}

test('a user that there is and one that there is not are answered alike, in status, words and time', async () => {
  const caller = await RawCaller.open(exchange.offhook.sipPort, '127.0.0.5');
  try {
    const totals = { guarded: 0, nobody: 0 };
    const shapes = { guarded: new Set<string>(), nobody: new Set<string>() };
    for (let index = 0; index < TRIES; index += 1) {
      for (const user of ['guarded', 'nobody'] as const) {
        const answer = await caller.invite(exchange.uri(user));
        const challenges = answer.headers('WWW-Authenticate');
        shapes[user].add(
          `${answer.status} ${challenges.map((value) => value.replace(/nonce="[^"]*"/, '')).join()}`,
        );
        totals[user] += answer.afterMs;
      }
    }
    assert.deepEqual(shapes.guarded, shapes.nobody);
    assert.equal(shapes.guarded.size, 1);
    const differenceMs = Math.abs(totals.guarded - totals.nobody) / TRIES;
    assert.ok(differenceMs < MAX_DIFFERENCE_MS, `differs by ${differenceMs} ms`);
  } finally {
    caller.close();
  }
});

test('who guesses passwords gets silence, also for users that there are not; his call in progress and others go on', async () => {
  const guesser = await RawCaller.open(exchange.offhook.sipPort);
  const neighbour = await RawCaller.open(exchange.offhook.sipPort, '127.0.0.7');
  const phone = await openTestPhone();
  try {
    const call = await phone.dial(exchange.uri('open'));
    await call.answered;
    for (let guess = 0; guess < FAILURES; guess += 1) {
      const uri = exchange.uri(guess % 2 === 0 ? 'guarded' : `nobody-${guess}`);
      const [challenge = ''] = (await guesser.invite(uri)).headers('WWW-Authenticate');
      const answer = await guesser.invite(uri, [wrongCredentials(challenge, uri)]);
      assert.equal(answer.status, 401);
    }
    for (const user of ['guarded', 'open', 'nobody']) {
      await assert.rejects(guesser.invite(exchange.uri(user), [], SILENCE_MS), { name: 'AbortError' });
    }
    assert.equal((await neighbour.invite(exchange.uri('open'))).status, 200);
    await call.hangup();
    const calls = await exchange.api<{ id: string }[]>('GET', `/call?phoneNumberId=${numberId}`);
    assert.equal(calls.length, 2, 'the call of the phone and that of the neighbour');
    assert.equal((await exchange.endedCall(numberId)).endedReason, 'customer-ended-call');
    const metrics = await (await fetch(`${exchange.offhook.httpUrl}/metrics`)).text();
    assert.match(metrics, /^offhook_sip_sources_banned_total 1$/m);
    assert.match(metrics, /^offhook_sip_caller_authentications_total\{verdict="wrong"\} 20$/m);
    assert.match(metrics, /^offhook_sip_source_dropped_total\{cause="banned"\} [1-9]/m);
  } finally {
    await phone.close();
    guesser.close();
    neighbour.close();
  }
});
