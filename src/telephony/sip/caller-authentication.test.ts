import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { FakeClock } from '../../lib/fake-clock.ts';
import { Secret } from '../../lib/secret.ts';
import { digestResponse, parseDigestFields } from '../../sip/auth/digest.ts';
import { type DigestVerdict, DigestVerifier } from '../../sip/auth/digest-verifier.ts';
import type { HeaderLine, SipRequest } from '../../sip/message/message.ts';
import { createRequest } from '../../sip/message/request.ts';
import { CallerAuthentication } from './caller-authentication.ts';
import { BAN_MS, SourceBans } from './source-bans.ts';

const URI = 'sip:desk@192.0.2.1';
const ADDRESS = '192.0.2.66';
const ACCOUNT = { realm: 'test', username: 'desk', password: new Secret('right') };

function invite(authorization?: string): SipRequest {
  return createRequest('INVITE', URI, {
    from: `<${URI}>`,
    to: `<${URI}>`,
    callId: 'call',
    seq: 1,
    headers: authorization === undefined ? [] : [{ name: 'Authorization', value: authorization }],
  });
}

/** What a caller with this password makes of a challenge. */
function authorizationFor(challenge: HeaderLine[], password: string): string {
  const nonce = parseDigestFields(challenge[0]?.value ?? '')?.get('nonce') ?? '';
  const response = digestResponse({
    algorithm: 'MD5',
    username: 'desk',
    realm: 'test',
    password,
    method: 'INVITE',
    uri: URI,
    nonce,
    qop: { nc: '00000001', cnonce: 'c' },
  });
  return `Digest username="desk", realm="test", nonce="${nonce}", uri="${URI}", response="${response}", algorithm=MD5, qop=auth, nc=00000001, cnonce="c"`;
}

function open() {
  const clock = new FakeClock();
  const verdicts: DigestVerdict[] = [];
  const authentication = new CallerAuthentication({
    digest: new DigestVerifier(clock),
    realm: 'test',
    bans: new SourceBans(clock, () => {}),
    onVerdict: (verdict) => verdicts.push(verdict),
  });
  const challengeFor = (authorization?: string) =>
    authentication.challengeFor({ request: invite(authorization), address: ADDRESS }, ACCOUNT);
  const callWith = (password: string) => challengeFor(authorizationFor(challengeFor() ?? [], password));
  return { clock, verdicts, callWith };
}

describe('the account of a number', () => {
  it('lets in who knows its password', () => {
    const { callWith } = open();
    assert.notEqual(callWith('guess'), undefined);
    assert.equal(callWith('right'), undefined);
  });

  it('bans whoever guesses in between calls with an account of his own', () => {
    const { callWith } = open();
    for (let guess = 0; guess < 20; guess += 1) {
      assert.equal(callWith('right'), undefined, `before guess ${guess}`);
      callWith(`guess ${guess}`);
    }
    assert.notEqual(callWith('right'), undefined);
  });

  it('lets nobody in who is banned, though he is let through to it and has found the password', () => {
    const { clock, verdicts, callWith } = open();
    for (let guess = 0; guess < 20; guess += 1) callWith(`guess ${guess}`);
    assert.notEqual(callWith('right'), undefined);
    assert.equal(verdicts.at(-1), 'wrong');
    clock.advance(BAN_MS);
    assert.equal(callWith('right'), undefined);
  });
});
