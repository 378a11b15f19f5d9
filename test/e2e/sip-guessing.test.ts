import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { after, before, test } from 'node:test';
import { RawCaller } from '../support/raw-caller.ts';
import { type RunningExchange, startExchange } from '../support/running-exchange.ts';
import { assistant } from '../support/test-agents.ts';
import { openTestPhone } from '../support/test-phone.ts';
import { until } from '../support/until.ts';

/** Tries of each kind whose times are compared. */
const TRIES = 1_000;
const MAX_DIFFERENCE_MS = 2;
/** Wrong credentials that get a source banned. */
const FAILURES = 20;
const AUTHENTICATION = { username: 'the-account-of-the-bakery', password: 'rye & spelt & sourdough' };
/** Guesses in all, and how many of them are sent in one go, with a pause in milliseconds behind them. */
const GUESSES = 10_000;
const BURST = 100;
const BURST_MS = 5;
/** Long enough for an answer that must not come. */
const SILENCE_MS = 400;

let exchange: RunningExchange;
let numberId: string;

before(async () => {
  exchange = await startExchange({ OFFHOOK_UNKNOWN_USERS: 'challenge', OFFHOOK_SOURCE_CPS: '100000' });
  const agent = assistant({ firstMessage: 'Hello.' });
  await exchange.numberWith('guarded', agent, { authentication: AUTHENTICATION });
  ({ numberId } = await exchange.numberWith('open', agent));
});

after(() => exchange.stop());

/** What answers a challenge with this password, its digest computed anew (RFC 7616 section 3.4, MD5 and qop=auth). */
function answerTo(challenge: string, uri: string, password: string, count: number): string {
  const field = (name: string) => new RegExp(`${name}="([^"]*)"`).exec(challenge)?.[1] ?? '';
  const md5 = (text: string) => createHash('md5').update(text).digest('hex');
  const { username } = AUTHENTICATION;
  const [realm, nonce, nc] = [field('realm'), field('nonce'), count.toString(16).padStart(8, '0')];
  const secret = md5(`${username}:${realm}:${password}`);
  const response = md5(`${secret}:${nonce}:${nc}:c:auth:${md5(`INVITE:${uri}`)}`);
  const quoted = { username, realm, nonce, uri, response, cnonce: 'c' };
  const fields = Object.entries(quoted).map(([name, value]) => `${name}="${value}"`);
  return `Authorization: Digest ${fields.join(', ')}, algorithm=MD5, qop=auth, nc=${nc}`;
}

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
    const path = `/call?phoneNumberId=${numberId}`;
    const calls = () => exchange.api<{ id: string }[]>('GET', path);
    await until('both calls are stored', async () => (await calls()).length >= 2);
    assert.equal((await calls()).length, 2, 'the call of the phone and that of the neighbour');
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

test(`of ${GUESSES} guesses at a password ${FAILURES} are answered, and none is let through, nor is the right one after them`, async () => {
  const guesser = await RawCaller.open(exchange.offhook.sipPort, '127.0.0.11');
  const owner = await RawCaller.open(exchange.offhook.sipPort, '127.0.0.12');
  try {
    const uri = exchange.uri('guarded');
    const [challenge = ''] = (await guesser.invite(uri)).headers('WWW-Authenticate');
    for (let guess = 1; guess <= FAILURES; guess += 1) {
      const answer = await guesser.invite(uri, [answerTo(challenge, uri, `guess-${guess}`, guess)]);
      assert.equal(answer.status, 401);
    }
    const before = guesser.received;
    for (let guess = FAILURES + 1; guess <= GUESSES; guess += 1) {
      guesser.shout(uri, [answerTo(challenge, uri, `guess-${guess}`, guess)]);
      // So many at once that none gets lost on the way.
      if (guess % BURST === 0) await new Promise((resolve) => setTimeout(resolve, BURST_MS));
    }
    const right = [answerTo(challenge, uri, AUTHENTICATION.password, GUESSES + 1)];
    await assert.rejects(guesser.invite(uri, right, SILENCE_MS), { name: 'AbortError' });
    assert.equal(guesser.received, before, 'not a word after the ban');
    await until('the guesses are dropped, but for what got lost on the way', async () => {
      const metrics = await (await fetch(`${exchange.offhook.httpUrl}/metrics`)).text();
      const dropped = /^offhook_sip_source_dropped_total\{cause="banned"\} (\d+)$/m.exec(metrics)?.[1];
      return Number(dropped) > GUESSES / 2;
    });
    const [own = ''] = (await owner.invite(uri)).headers('WWW-Authenticate');
    const entered = await owner.invite(uri, [answerTo(own, uri, AUTHENTICATION.password, 1)]);
    assert.equal(entered.status, 200, 'who knows the password gets in from elsewhere');
  } finally {
    guesser.close();
    owner.close();
  }
});
