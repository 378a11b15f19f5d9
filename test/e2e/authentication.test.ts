import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { after, before, test } from 'node:test';
import { RawCaller } from '../support/raw-caller.ts';
import { type RunningExchange, startExchange } from '../support/running-exchange.ts';
import { assistant } from '../support/test-agents.ts';
import { openTestPhone, type TestPhone } from '../support/test-phone.ts';

const ACCOUNT = {
  realm: 'bakery.example',
  username: 'till-of-the-bakery-01',
  password: 'rye & spelt & sourdough',
};
const ALGORITHMS = { MD5: 'md5', 'SHA-256': 'sha256' } as const;

let exchange: RunningExchange;
let phone: TestPhone;
let numberId: string;

before(async () => {
  exchange = await startExchange();
  phone = await openTestPhone();
  const agent = assistant({ firstMessage: 'Hello.' });
  ({ numberId } = await exchange.numberWith('guarded', agent, { authentication: ACCOUNT }));
  await exchange.numberWith('open', agent);
});

after(async () => {
  await phone.close();
  await exchange.stop();
});

/** The answer to a challenge of one algorithm, computed as RFC 7616 section 3.4.1 says. */
function authorization(
  challenges: string[],
  algorithm: keyof typeof ALGORITHMS,
  password: string,
  uri: string,
  nc = '00000001',
): string {
  const challenge = challenges.find(
    (value) => value.includes(`algorithm=${algorithm},`) || value.endsWith(`algorithm=${algorithm}`),
  );
  assert.ok(challenge, `${algorithm} is offered in ${challenges.join(' | ')}`);
  const field = (name: string) => new RegExp(`${name}="([^"]*)"`).exec(challenge)?.[1] ?? '';
  const hash = (text: string) => createHash(ALGORITHMS[algorithm]).update(text).digest('hex');
  const [nonce, cnonce] = [field('nonce'), 'c0ffee'];
  const secret = hash(`${ACCOUNT.username}:${field('realm')}:${password}`);
  const response = hash(`${secret}:${nonce}:${nc}:${cnonce}:auth:${hash(`INVITE:${uri}`)}`);
  const quoted = { username: ACCOUNT.username, realm: field('realm'), nonce, uri, cnonce, response };
  const fields = Object.entries(quoted).map(([name, value]) => `${name}="${value}"`);
  return `Authorization: Digest ${[...fields, `algorithm=${algorithm}`, 'qop=auth', `nc=${nc}`].join(', ')}`;
}

for (const algorithm of Object.keys(ALGORITHMS) as (keyof typeof ALGORITHMS)[]) {
  test(`a caller who answers the challenge by ${algorithm} gets through, with a wrong password does not`, async () => {
    const caller = await RawCaller.open(exchange.offhook.sipPort);
    try {
      const uri = exchange.uri('guarded');
      const first = await caller.invite(uri);
      assert.equal(first.status, 401);
      const challenges = first.headers('WWW-Authenticate');
      assert.ok(challenges.every((challenge) => challenge.includes('realm="bakery.example"')));
      const wrong = await caller.invite(uri, [authorization(challenges, algorithm, 'wheat', uri)]);
      assert.equal(wrong.status, 401);
      const fresh = wrong.headers('WWW-Authenticate');
      const right = await caller.invite(uri, [authorization(fresh, algorithm, ACCOUNT.password, uri)]);
      assert.equal(right.status, 200);
    } finally {
      caller.close();
    }
    assert.equal((await exchange.endedCall(numberId)).endedReason, 'customer-ended-call');
  });
}

test('credentials that were used are challenged again, as stale, and the same nonce with its next count is right', async () => {
  const caller = await RawCaller.open(exchange.offhook.sipPort);
  try {
    const uri = exchange.uri('guarded');
    const challenges = (await caller.invite(uri)).headers('WWW-Authenticate');
    const line = authorization(challenges, 'SHA-256', ACCOUNT.password, uri);
    assert.equal((await caller.invite(uri, [line])).status, 200);
    for (let copy = 0; copy < 3; copy += 1) {
      const replayed = await caller.invite(uri, [line]);
      assert.equal(replayed.status, 401);
      assert.ok(replayed.headers('WWW-Authenticate').every((value) => value.endsWith('stale=true')));
    }
    const next = authorization(challenges, 'SHA-256', ACCOUNT.password, uri, '00000002');
    assert.equal((await caller.invite(uri, [next])).status, 200);
  } finally {
    caller.close();
  }
});

test('credentials for another user, another realm or with another nonce are refused', async () => {
  const caller = await RawCaller.open(exchange.offhook.sipPort);
  try {
    const uri = exchange.uri('guarded');
    const challenges = (await caller.invite(uri)).headers('WWW-Authenticate');
    const right = authorization(challenges, 'SHA-256', ACCOUNT.password, uri);
    const forged = [
      authorization(challenges, 'SHA-256', ACCOUNT.password, exchange.uri('open')),
      right.replace('bakery.example', 'butcher.example'),
      right.replace(/nonce="[^"]*"/, 'nonce="of-our-own-making"'),
      right.replace('nc=00000001', 'nc=00000002'),
      right.replace('qop=auth', 'qop=auth-int'),
    ];
    for (const line of forged) {
      const answer = await caller.invite(uri, [line]);
      assert.equal(answer.status, 401, line);
      assert.ok(
        answer.headers('WWW-Authenticate').every((value) => !value.includes('stale')),
        line,
      );
    }
    assert.equal((await caller.invite(uri, [right])).status, 200);
  } finally {
    caller.close();
  }
});

test('a number without authentication answers without a challenge, within the time a caller would notice', async () => {
  const caller = await RawCaller.open(exchange.offhook.sipPort);
  try {
    const answer = await caller.invite(exchange.uri('open'));
    assert.equal(answer.status, 200);
    assert.deepEqual(answer.headers('WWW-Authenticate'), []);
    assert.ok(answer.afterMs < 1000, `answered after ${answer.afterMs} ms`);
  } finally {
    caller.close();
  }
});

test('a telephone with the password gets through by itself, one with a wrong or no password hears 401', async () => {
  const { username, password } = ACCOUNT;
  const callsSoFar = () => exchange.api<unknown[]>('GET', `/call?phoneNumberId=${numberId}`);
  const before = (await callsSoFar()).length;
  const refused = await Promise.all([
    phone.dial(exchange.uri('guarded')),
    phone.dial(exchange.uri('guarded'), { credentials: { username, password: 'wheat' } }),
    phone.dial(exchange.uri('guarded'), { credentials: { username: 'oven', password } }),
  ]);
  for (const call of refused) await assert.rejects(call.answered, { status: 401 });
  const call = await phone.dial(exchange.uri('guarded'), { credentials: { username, password } });
  await call.answered;
  await call.nextStart(5_000);
  await call.hangup();
  assert.equal((await callsSoFar()).length, before + 1, 'a refused INVITE makes no call');
});

test('the API shows the account of a number but never its password', async () => {
  const number = await exchange.api('GET', `/phone-number/${numberId}`);
  assert.deepEqual(number.authentication, { realm: ACCOUNT.realm, username: ACCOUNT.username });
});
