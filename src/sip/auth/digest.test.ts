import assert from 'node:assert/strict';
import { test } from 'node:test';
import { FakeClock } from '../../lib/fake-clock.ts';
import type { SipRequest } from '../message/message.ts';
import { parseMessage } from '../message/parser.ts';
import { digestResponse, parseDigestFields } from './digest.ts';
import { answerChallenge } from './digest-client.ts';
import { DigestVerifier } from './digest-verifier.ts';

const ACCOUNT = { realm: 'sip.example.com', username: 'alice', password: 'correct horse battery' };
const URI = 'sip:demo@sip.example.com';

function invite(authorization?: string): SipRequest {
  const lines = [
    `INVITE ${URI} SIP/2.0`,
    'Via: SIP/2.0/UDP 192.0.2.1;branch=z9hG4bK1',
    'From: <sip:alice@example.com>;tag=1',
    `To: <${URI}>`,
    'Call-ID: 1@example.com',
    'CSeq: 1 INVITE',
    'Max-Forwards: 70',
    ...(authorization ? [`Authorization: ${authorization}`] : []),
    '',
    '',
  ];
  const result = parseMessage(Buffer.from(lines.join('\r\n')));
  assert.ok(result.ok && result.message.kind === 'request');
  return result.message;
}

function answer(challenges: string[], password = ACCOUNT.password, count = 1): string {
  const value = answerChallenge(
    challenges,
    { username: 'alice', password },
    { method: 'INVITE', uri: URI, count },
  );
  assert.ok(value);
  return value;
}

test('the example of RFC 7616 section 3.9.1 comes out right for both algorithms', () => {
  const shared = {
    username: 'Mufasa',
    realm: 'http-auth@example.org',
    password: 'Circle of Life',
    method: 'GET',
    uri: '/dir/index.html',
    nonce: '7ypf/xlj9XXwfDPEoM4URrv/xwf94BcCAzFZH4GiTo0v',
    qop: { nc: '00000001', cnonce: 'f2/wE4q74E6zIJEtWaHKaf5wv/H5QzzpXusqGemxURZJ' },
  };
  assert.equal(digestResponse({ ...shared, algorithm: 'MD5' }), '8ca523f5e9506fed4657c9700eebdbec');
  assert.equal(
    digestResponse({ ...shared, algorithm: 'SHA-256' }),
    '753927fa0e85d155564e2e272a28d1802ca10daf4496794697cf8db5856cb6c1',
  );
});

test('a client that knows the password passes with the better algorithm, and with MD5 alone', () => {
  const verifier = new DigestVerifier(new FakeClock());
  const challenges = verifier.challenge(ACCOUNT.realm);
  const best = answer(challenges);
  assert.equal(parseDigestFields(best)?.get('algorithm'), 'SHA-256');
  assert.equal(verifier.verify(invite(best), ACCOUNT), 'ok');
  const md5 = verifier.challenge(ACCOUNT.realm).filter((value) => value.includes('MD5'));
  assert.equal(verifier.verify(invite(answer(md5)), ACCOUNT), 'ok');
});

test('a client that reads the first challenge alone meets the algorithm that every client knows', () => {
  const verifier = new DigestVerifier(new FakeClock());
  const [first = ''] = verifier.challenge(ACCOUNT.realm);
  assert.equal(parseDigestFields(first)?.get('algorithm'), 'MD5');
  assert.equal(verifier.verify(invite(answer([first])), ACCOUNT), 'ok');
});

test('no credentials, or those of another realm, are missing; a wrong password is wrong', () => {
  const verifier = new DigestVerifier(new FakeClock());
  assert.equal(verifier.verify(invite(), ACCOUNT), 'missing');
  assert.equal(verifier.verify(invite(answer(verifier.challenge('elsewhere'))), ACCOUNT), 'missing');
  assert.equal(verifier.verify(invite(answer(verifier.challenge(ACCOUNT.realm), 'guess')), ACCOUNT), 'wrong');
});

test('an old nonce is stale, a forged one wrong', () => {
  const clock = new FakeClock();
  const verifier = new DigestVerifier(clock);
  const late = answer(verifier.challenge(ACCOUNT.realm));
  clock.advance(33_000);
  assert.equal(verifier.verify(invite(late), ACCOUNT), 'stale');
  const forged = answer(new DigestVerifier(clock).challenge(ACCOUNT.realm));
  assert.equal(verifier.verify(invite(forged), ACCOUNT), 'wrong');
});

test('a replay is refused; the next count of the same nonce passes', () => {
  const verifier = new DigestVerifier(new FakeClock());
  const challenges = verifier.challenge(ACCOUNT.realm);
  const first = answer(challenges);
  assert.equal(verifier.verify(invite(first), ACCOUNT), 'ok');
  assert.equal(verifier.verify(invite(first), ACCOUNT), 'stale');
  assert.equal(verifier.verify(invite(answer(challenges, ACCOUNT.password, 2)), ACCOUNT), 'ok');
});

test("nodes that share a key accept each other's nonces", () => {
  const clock = new FakeClock();
  const key = Buffer.alloc(32, 7);
  const challenges = new DigestVerifier(clock, key).challenge(ACCOUNT.realm);
  assert.equal(new DigestVerifier(clock, key).verify(invite(answer(challenges)), ACCOUNT), 'ok');
});

test('credentials for another user part are wrong', () => {
  const verifier = new DigestVerifier(new FakeClock());
  const value = answerChallenge(
    verifier.challenge(ACCOUNT.realm),
    { username: 'alice', password: ACCOUNT.password },
    { method: 'INVITE', uri: 'sip:other@sip.example.com' },
  );
  assert.equal(verifier.verify(invite(value), ACCOUNT), 'wrong');
});

test('malformed credentials are no Digest and no exception', () => {
  for (const value of [
    '',
    'Basic abc',
    'Digest',
    'Digest a',
    'Digest a="b',
    'Digest a=1, a=2',
    'Digest ,,,=',
    `Digest ${'x=1,'.repeat(99)}`,
  ]) {
    assert.doesNotThrow(() => parseDigestFields(value));
    assert.equal(new DigestVerifier(new FakeClock()).verify(invite(value || 'x'), ACCOUNT), 'missing');
  }
});
